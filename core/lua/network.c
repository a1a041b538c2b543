/* A file's network as Lua tables; see network.h. */
#include "core/lua/network.h"

static void texts_push(lua_State *L, const vsg_texts *texts) {
  lua_createtable(L, (int)texts->count, 0);
  for (size_t i = 0; i < texts->count; i++) {
    lua_pushstring(L, texts->item[i]);
    lua_seti(L, -2, (lua_Integer)i + 1);
  }
}

/* Whole numbers become Lua's integers, so that 3 is not shown as 3.0. */
static void number_push(lua_State *L, double number) {
  lua_Integer whole;
  if (lua_numbertointeger(number, &whole) && (double)whole == number) {
    lua_pushinteger(L, whole);
  } else {
    lua_pushnumber(L, number);
  }
}

static void attribute_push(lua_State *L, const vsg_attribute *a) {
  if (a->text) {
    lua_pushstring(L, a->text);
  } else if (!a->list) {
    number_push(L, a->number[0]);
  } else {
    lua_createtable(L, (int)a->count, 0);
    for (size_t i = 0; i < a->count; i++) {
      number_push(L, a->number[i]);
      lua_seti(L, -2, (lua_Integer)i + 1);
    }
  }
}

static void operator_push(lua_State *L, const vsg_operator *o) {
  lua_createtable(L, 0, 5);
  lua_pushstring(L, o->type);
  lua_setfield(L, -2, "type");
  lua_pushstring(L, o->name);
  lua_setfield(L, -2, "name");
  texts_push(L, &o->inputs);
  lua_setfield(L, -2, "inputs");
  texts_push(L, &o->outputs);
  lua_setfield(L, -2, "outputs");
  lua_createtable(L, 0, (int)o->attributes);
  for (size_t i = 0; i < o->attributes; i++) {
    attribute_push(L, &o->attribute[i]);
    lua_setfield(L, -2, o->attribute[i].key);
  }
  lua_setfield(L, -2, "attributes");
}

static void input_push(lua_State *L, const vsg_network_value *input) {
  lua_createtable(L, 0, 2);
  lua_pushstring(L, input->name);
  lua_setfield(L, -2, "name");
  lua_createtable(L, input->dims, 0);
  for (int i = 0; i < input->dims; i++) {
    lua_pushinteger(L, input->dim[i]);
    lua_seti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "shape");
}

void network_push(lua_State *L, const vsg_network *network) {
  lua_createtable(L, 0, 3);
  lua_createtable(L, (int)network->inputs, 0);
  for (size_t i = 0; i < network->inputs; i++) {
    input_push(L, &network->input[i]);
    lua_seti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "inputs");
  texts_push(L, &network->outputs);
  lua_setfield(L, -2, "outputs");
  lua_createtable(L, (int)network->operators, 0);
  for (size_t i = 0; i < network->operators; i++) {
    operator_push(L, &network->operator[i]);
    lua_seti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "operators");
}
