/* visage.core.graph: networks for Lua. There is one binding for all layers: it
 * reads any layer's parameter table. lua/visage/nn.lua adds loading and
 * printing. A node handle holds its place and pins its graph. */
#include "core/lua/graph.h"

#include <string.h>

int luaopen_visage_core_graph(lua_State *L);

vsg_graph *graph_check(lua_State *L, int index) {
  return bind_check(L, index, GRAPH_TYPE);
}

void shape_push(lua_State *L, const vsg_shape *shape) {
  lua_createtable(L, shape->dims, 0);
  for (int i = 0; i < shape->dims; i++) {
    lua_pushinteger(L, shape->dim[i]);
    lua_seti(L, -2, i + 1);
  }
}

/* ---- node handles ---- */

static int node_push(lua_State *L, int graph_index, int place) {
  int *handle;
  graph_index = lua_absindex(L, graph_index);
  handle = lua_newuserdatauv(L, sizeof *handle, 1);
  *handle = place;
  lua_pushvalue(L, graph_index);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, NODE_TYPE);
  return 1;
}

/* The place of the node at index, a handle of the graph at 1. */
static int node_check(lua_State *L, int index) {
  const int *handle = luaL_checkudata(L, index, NODE_TYPE);
  lua_getiuservalue(L, index, 1);
  if (!lua_rawequal(L, -1, 1)) luaL_error(L, "the node is of another graph");
  lua_pop(L, 1);
  return *handle;
}

/* As node_check; a node's name will do too. */
static int node_or_name(lua_State *L, int index, const char *operation) {
  vsg_error err;
  int place;
  if (lua_type(L, index) != LUA_TSTRING) return node_check(L, index);
  if (vsg_graph_need(&place, graph_check(L, 1), lua_tostring(L, index),
                     operation, &err)) {
    return luaL_error(L, "%s", err.text);
  }
  return place;
}

static const vsg_node *handle_node(lua_State *L) {
  const int *handle = luaL_checkudata(L, 1, NODE_TYPE);
  lua_getiuservalue(L, 1, 1);
  return &graph_check(L, -1)->node[*handle];
}

/* x.name, x.layer, x.shape */
static int node_index(lua_State *L) {
  const vsg_node *node = handle_node(L);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "name") == 0) {
    lua_pushstring(L, node->name);
  } else if (strcmp(key, "layer") == 0) {
    lua_pushstring(L, vsg_node_layer(node));
  } else if (strcmp(key, "shape") == 0) {
    shape_push(L, &node->shape);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

static int node_tostring(lua_State *L) {
  const vsg_node *node = handle_node(L);
  char shape[VSG_SHAPE_TEXT];
  lua_pushfstring(L, "%s '%s' %s", vsg_node_layer(node), node->name,
                  vsg_shape_name(shape, &node->shape));
  return 1;
}

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
  } else if (type == LUA_TTABLE && luaL_len(L, -1) <= VSG_MAX_VALUES) {
    v.count = (int)luaL_len(L, -1);
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
static const char *options_read(lua_State *L, int index, const vsg_layer *layer,
                                vsg_value *value) {
  vsg_error err;
  const char *name = NULL;
  if (index) {
    check_keys(L, index, layer);
    lua_getfield(L, index, "name");
    name = luaL_optstring(L, -1, NULL);
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

/* ---- building ---- */

static int graph_new(lua_State *L) {
  vsg_error err;
  const char *name = luaL_optstring(L, 1, "graph");
  vsg_graph **box = (vsg_graph **)bind_box(L, GRAPH_TYPE);
  return vsg_graph_new(box, name, &err) ? bind_fail(L, &err) : 1;
}

static int graph_close(lua_State *L) {
  vsg_graph **box = luaL_checkudata(L, 1, GRAPH_TYPE);
  vsg_graph_free(*box);
  *box = NULL;
  return 0;
}

/* g:input{ name, channels, height, width } or { name, features = n } */
static int graph_input(lua_State *L) {
  vsg_graph *g = graph_check(L, 1);
  vsg_shape shape = {.dims = 4,
                     .dim = {VSG_OPEN, VSG_OPEN, VSG_OPEN, VSG_OPEN}};
  vsg_error err;
  int place;
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_geti(L, 2, 1);
  luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2, "the name is missing");
  if (lua_getfield(L, 2, "features") != LUA_TNIL) {
    shape.dims = 2;
  }
  for (int i = 1; i < shape.dims; i++) {
    int ok;
    if (shape.dims == 4) lua_geti(L, 2, i + 1);
    if (i > 1 && lua_isnil(L, -1)) continue;
    shape.dim[i] = (long)lua_tointegerx(L, -1, &ok);
    luaL_argcheck(L, ok && shape.dim[i] > 0, 2,
                  "sizes are whole numbers, 1 or more");
  }
  lua_geti(L, 2, 1);
  if (vsg_graph_input(&place, g, lua_tostring(L, -1), &shape, &err)) {
    return bind_fail(L, &err);
  }
  return node_push(L, 1, place);
}

/* Appends the places of the nodes among the arguments, single or in a list, to
 * input; the options' index, 0 without, is *options. */
static int inputs_read(lua_State *L, int *input, int *options, int top) {
  int count = 0;
  *options = 0;
  for (int i = 2; i <= top; i++) {
    if (luaL_testudata(L, i, NODE_TYPE)) {
      input[count++] = node_check(L, i);
    } else if (i == 2 && lua_istable(L, i)) {
      for (int k = 1; k <= (int)luaL_len(L, i); k++) {
        lua_geti(L, i, k);
        input[count++] = node_check(L, lua_gettop(L));
        lua_pop(L, 1);
      }
    } else if (!lua_isnil(L, i)) {
      luaL_checktype(L, i, LUA_TTABLE);
      luaL_argcheck(L, i == top, i, "options come last");
      *options = i;
    }
  }
  return count;
}

/* g:LAYER(x, ..., options) or g:LAYER({x, ...}, options) */
static int graph_layer(lua_State *L) {
  vsg_graph *g = graph_check(L, 1);
  const vsg_layer *layer = lua_touserdata(L, lua_upvalueindex(1));
  vsg_value value[VSG_MAX_PARAMS];
  vsg_error err;
  int top = lua_gettop(L), options, place;
  size_t room = (size_t)top + (lua_istable(L, 2) ? luaL_len(L, 2) : 0);
  int *input = lua_newuserdatauv(L, room * sizeof *input, 0);
  int count = inputs_read(L, input, &options, top);
  const char *name = options_read(L, options, layer, value);
  if (vsg_graph_add(&place, g, layer, name, value, input, count, &err)) {
    return bind_fail(L, &err);
  }
  return node_push(L, 1, place);
}

static int graph_output(lua_State *L) {
  vsg_graph *g = graph_check(L, 1);
  vsg_error err;
  int top = lua_gettop(L);
  luaL_argcheck(L, top >= 2, 2, "a node is missing");
  for (int i = 2; i <= top; i++) node_check(L, i);
  for (int i = 2; i <= top; i++) {
    if (vsg_graph_output(g, node_check(L, i), &err)) return bind_fail(L, &err);
  }
  return 0;
}

/* ---- weights ---- */

/* g:set(node or name, slot, tensor) */
static int graph_set(lua_State *L) {
  vsg_graph *g = graph_check(L, 1);
  vsg_error err;
  int node = node_or_name(L, 2, "set");
  if (vsg_graph_set(g, node, luaL_checkstring(L, 3), tensor_check(L, 4),
                    &err)) {
    return bind_fail(L, &err);
  }
  return 0;
}

/* g:get(node or name, slot): the tensor, nil before it is set */
static int graph_get(lua_State *L) {
  vsg_graph *g = graph_check(L, 1);
  vsg_error err;
  vsg_slot *slot;
  int node = node_or_name(L, 2, "get");
  if (vsg_graph_slot(&slot, g, node, luaL_checkstring(L, 3), &err)) {
    return bind_fail(L, &err);
  }
  if (!slot->tensor) return 0;
  vsg_tensor **box = tensor_box(L);
  return vsg_tensor_view(box, slot->tensor, &err) ? bind_fail(L, &err) : 1;
}

static void slot_push(lua_State *L, const vsg_node *node,
                      const vsg_slot *slot) {
  lua_createtable(L, 0, 5);
  lua_pushstring(L, node->name);
  lua_setfield(L, -2, "node");
  lua_pushstring(L, slot->name);
  lua_setfield(L, -2, "slot");
  lua_pushfstring(L, "%s.%s", node->name, slot->name);
  lua_setfield(L, -2, "name");
  shape_push(L, &slot->shape);
  lua_setfield(L, -2, "shape");
  lua_pushboolean(L, slot->tensor != NULL);
  lua_setfield(L, -2, "set");
}

/* g:tensors(): {node, slot, name, shape, set} for every slot, in order */
static int graph_tensors(lua_State *L) {
  const vsg_graph *g = graph_check(L, 1);
  int count = 0;
  lua_newtable(L);
  for (int i = 0; i < g->nodes; i++) {
    for (int k = 0; k < g->node[i].slots; k++) {
      slot_push(L, &g->node[i], &g->node[i].slot[k]);
      lua_seti(L, -2, ++count);
    }
  }
  return 1;
}

/* ---- reading ---- */

static int graph_name(lua_State *L) {
  lua_pushstring(L, graph_check(L, 1)->name);
  return 1;
}

/* g:node(name) */
static int graph_node(lua_State *L) {
  graph_check(L, 1);
  luaL_checkstring(L, 2);
  return node_push(L, 1, node_or_name(L, 2, "node"));
}

static void parameters_push(lua_State *L, const vsg_node *node) {
  const vsg_param *params = node->layer ? node->layer->params : NULL;
  lua_newtable(L);
  for (int i = 0; params && params[i].name; i++) {
    value_push(L, params[i].kind, &node->value[i]);
    lua_setfield(L, -2, params[i].name);
  }
}

static void node_table_push(lua_State *L, const vsg_graph *g, int place) {
  const vsg_node *node = &g->node[place];
  lua_createtable(L, 0, 6);
  lua_pushstring(L, node->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, vsg_node_layer(node));
  lua_setfield(L, -2, "layer");
  lua_createtable(L, node->inputs, 0);
  for (int i = 0; i < node->inputs; i++) {
    lua_pushstring(L, g->node[node->input[i]].name);
    lua_seti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "inputs");
  parameters_push(L, node);
  lua_setfield(L, -2, "parameters");
  shape_push(L, &node->shape);
  lua_setfield(L, -2, "shape");
  lua_pushnumber(L, vsg_graph_work(g, place));
  lua_setfield(L, -2, "multiply_adds");
}

/* g:nodes(): {name, layer, inputs, parameters, shape, multiply_adds} each */
static int graph_nodes(lua_State *L) {
  const vsg_graph *g = graph_check(L, 1);
  lua_createtable(L, g->nodes, 0);
  for (int i = 0; i < g->nodes; i++) {
    node_table_push(L, g, i);
    lua_seti(L, -2, i + 1);
  }
  return 1;
}

/* g:outputs(): the names of the outputs, in order */
static int graph_outputs(lua_State *L) {
  const vsg_graph *g = graph_check(L, 1);
  lua_createtable(L, g->outputs, 0);
  for (int i = 0; i < g->outputs; i++) {
    lua_pushstring(L, g->node[g->output[i]].name);
    lua_seti(L, -2, i + 1);
  }
  return 1;
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
  lua_createtable(L, 0, 3);
  lua_pushstring(L, layer->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, layer->about);
  lua_setfield(L, -2, "about");
  lua_newtable(L);
  for (int i = 0; layer->params && layer->params[i].name; i++) {
    param_push(L, layer, &layer->params[i]);
    lua_seti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "parameters");
}

/* layers(): {name, about, parameters = {name, kind, default, least, about}} */
static int graph_layers(lua_State *L) {
  lua_createtable(L, VSG_LAYER_COUNT, 0);
  for (int i = 0; i < VSG_LAYER_COUNT; i++) {
    layer_push(L, vsg_layers[i]);
    lua_seti(L, -2, i + 1);
  }
  return 1;
}

static const luaL_Reg methods[] = {
    {"close", graph_close},     {"compile", graph_compile},
    {"get", graph_get},         {"input", graph_input},
    {"name", graph_name},       {"node", graph_node},
    {"nodes", graph_nodes},     {"output", graph_output},
    {"outputs", graph_outputs}, {"set", graph_set},
    {"tensors", graph_tensors}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", graph_close},
    {"__close", graph_close},
    {NULL, NULL},
};

static const luaL_Reg node_metamethods[] = {
    {"__index", node_index},
    {"__tostring", node_tostring},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", graph_new},
    {"layers", graph_layers},
    {NULL, NULL},
};

/* The module's fields graph_type and net_type are the metatables, to which
 * nn.lua adds what is written in Lua. */
int luaopen_visage_core_graph(lua_State *L) {
  bind_type(L, GRAPH_TYPE, metamethods, methods);
  bind_type(L, NODE_TYPE, node_metamethods, NULL);
  net_open(L);
  luaL_newlib(L, functions);
  luaL_getmetatable(L, GRAPH_TYPE);
  lua_getfield(L, -1, "__index");
  for (int i = 0; i < VSG_LAYER_COUNT; i++) {
    /* A layer is never written to through this pointer. */
    lua_pushlightuserdata(L, (void *)vsg_layers[i]);
    lua_pushcclosure(L, graph_layer, 1);
    lua_setfield(L, -2, vsg_layers[i]->name);
  }
  lua_pop(L, 1);
  lua_setfield(L, -2, "graph_type");
  luaL_getmetatable(L, NET_TYPE);
  lua_setfield(L, -2, "net_type");
  return 1;
}
