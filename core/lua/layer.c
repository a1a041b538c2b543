/* Layers for Lua: parameters read and shown by the layer's table, whatever the
 * layer; nothing here knows one from another. */
#include <string.h>

#include "core/lua/graph.h"

/* ---- parameters ---- */

/* The value on top of the stack, as given for a parameter. */
static vsg_value value_read(lua_State *L, const vsg_layer *layer,
                            const vsg_param *param) {
  vsg_value v = {.count = 1};
  int type = lua_type(L, -1);
  bool fits = (type == LUA_TBOOLEAN) == (param->kind == VSG_FLAG);
  if (type == LUA_TBOOLEAN) {
    v.number[0] = lua_toboolean(L, -1);
  } else if (type == LUA_TNUMBER) {
    v.number[0] = lua_tonumber(L, -1);
  } else if (type == LUA_TSTRING) {
    v.count = 0;
    v.text = lua_tostring(L, -1);
  } else if (type == LUA_TTABLE && lua_rawlen(L, -1) <= VSG_MAX_VALUES) {
    v.count = (int)lua_rawlen(L, -1);
    for (int i = 0; i < v.count; i++) {
      int ok;
      lua_geti(L, -1, i + 1);
      v.number[i] = lua_tonumberx(L, -1, &ok);
      fits = fits && ok;
      lua_pop(L, 1);
    }
  } else {
    fits = false;
  }
  if (!fits) {
    luaL_error(L, "%s: %s is a %s, wants %s", layer->name, param->name,
               luaL_typename(L, -1), vsg_kind_wants(param->kind));
  }
  return v;
}

static void value_push(lua_State *L, vsg_kind kind, const vsg_value *value) {
  if (value->text) {
    lua_pushstring(L, value->text);
  } else if (kind == VSG_FLAG) {
    lua_pushboolean(L, value->number[0] != 0);
  } else if (kind == VSG_NUMBER) {
    lua_pushnumber(L, value->number[0]);
  } else if (kind == VSG_INTEGER) {
    lua_pushinteger(L, (lua_Integer)value->number[0]);
  } else {
    lua_createtable(L, value->count, 0);
    for (int i = 0; i < value->count; i++) {
      lua_pushinteger(L, (lua_Integer)value->number[i]);
      lua_seti(L, -2, i + 1);
    }
  }
}

/* Raises for the first key of the options at index that is neither a parameter
 * nor the name. */
static void check_keys(lua_State *L, int index, const vsg_layer *layer) {
  lua_pushnil(L);
  while (lua_next(L, index)) {
    luaL_Buffer b;
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    lua_pop(L, 1);
    if (strcmp(key, "name") == 0 || vsg_param_find(layer, key) >= 0) continue;
    luaL_tolstring(L, -1, NULL);
    luaL_buffinit(L, &b);
    luaL_addstring(&b, "name");
    for (int i = 0; layer->params && layer->params[i].name; i++) {
      luaL_addstring(&b, ", ");
      luaL_addstring(&b, layer->params[i].name);
    }
    luaL_pushresult(&b);
    luaL_error(L, "%s: no parameter is called '%s'; it has %s", layer->name,
               lua_tostring(L, -2), lua_tostring(L, -1));
  }
}

/* Fills value, one per parameter, from the options at index (0: none), and
 * returns the name, which the options own. */
const char *layer_options(lua_State *L, int index, const vsg_layer *layer,
                          vsg_value *value) {
  vsg_error err;
  const char *name = NULL;
  if (index) {
    check_keys(L, index, layer);
    int type = lua_getfield(L, index, "name");
    if (type != LUA_TNIL && !(name = lua_tostring(L, -1))) {
      luaL_error(L, "%s: name is a %s, wants a string", layer->name,
                 luaL_typename(L, -1));
    }
  }
  for (int i = 0; layer->params && layer->params[i].name; i++) {
    const vsg_param *param = &layer->params[i];
    vsg_status status;
    if (index && lua_getfield(L, index, param->name) != LUA_TNIL) {
      vsg_value given = value_read(L, layer, param);
      status = vsg_param_check(&value[i], layer, param, &given, &err);
    } else {
      status = vsg_param_default(&value[i], layer, param, &err);
    }
    if (status) luaL_error(L, "%s", err.text);
  }
  return name;
}

void layer_parameters_push(lua_State *L, const vsg_node *node) {
  const vsg_param *params = node->layer ? node->layer->params : NULL;
  lua_newtable(L);
  for (int i = 0; params && params[i].name; i++) {
    value_push(L, params[i].kind, &node->value[i]);
    lua_setfield(L, -2, params[i].name);
  }
}

/* ---- the vocabulary ---- */

static void param_push(lua_State *L, const vsg_layer *layer,
                       const vsg_param *param) {
  vsg_value fallback;
  vsg_error err;
  lua_createtable(L, 0, 5);
  lua_pushstring(L, param->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, vsg_kind_name(param->kind));
  lua_setfield(L, -2, "kind");
  lua_pushstring(L, param->about);
  lua_setfield(L, -2, "about");
  lua_pushnumber(L, param->least);
  lua_setfield(L, -2, "least");
  if (vsg_param_default(&fallback, layer, param, &err)) return;
  value_push(L, param->kind, &fallback);
  lua_setfield(L, -2, "default");
}

static void layer_push(lua_State *L, const vsg_layer *layer) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, layer->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, layer->about);
  lua_setfield(L, -2, "about");
  lua_pushstring(L, layer->tensors);
  lua_setfield(L, -2, "tensors");
  lua_newtable(L);
  for (int i = 0; layer->params && layer->params[i].name; i++) {
    param_push(L, layer, &layer->params[i]);
    lua_seti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "parameters");
}

/* layers() */
int layer_list(lua_State *L) {
  lua_createtable(L, VSG_LAYER_COUNT, 0);
  for (int i = 0; i < VSG_LAYER_COUNT; i++) {
    layer_push(L, vsg_layers[i]);
    lua_seti(L, -2, i + 1);
  }
  return 1;
}
