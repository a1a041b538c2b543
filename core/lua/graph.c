/* visage.core.graph: networks for Lua. There is one binding for all layers,
 * graph_layer, which reads any layer's parameter table (layer.c).
 * lua/visage/nn.lua adds loading and printing. A node handle holds its place
 * and pins its graph. */
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

/* Raises for a key of the table at 2 that has no meaning there. */
static void check_input_keys(lua_State *L, int dims) {
  lua_pushnil(L);
  while (lua_next(L, 2)) {
    lua_pop(L, 1);
    bool known = lua_isinteger(L, -1)
                     ? lua_tointeger(L, -1) <= (dims == 2 ? 1 : dims)
                     : dims == 2 && lua_type(L, -1) == LUA_TSTRING &&
                           strcmp(lua_tostring(L, -1), "features") == 0;
    if (!known) {
      luaL_error(L,
                 "input: no field is called '%s'; wants { name, channels, "
                 "height, width } or { name, features = n }",
                 luaL_tolstring(L, -1, NULL));
    }
  }
}

/* The shape in the table at 2: { name, channels, height, width }, of which the
 * last two may be missing, or { name, features = n }. */
static vsg_shape input_shape(lua_State *L) {
  vsg_shape shape = {.dims = 4,
                     .dim = {VSG_OPEN, VSG_OPEN, VSG_OPEN, VSG_OPEN}};
  if (lua_getfield(L, 2, "features") != LUA_TNIL) shape.dims = 2;
  check_input_keys(L, shape.dims);
  for (int i = 1; i < shape.dims; i++) {
    int ok;
    if (shape.dims == 4) lua_geti(L, 2, i + 1);
    if (i > 1 && lua_isnil(L, -1)) continue;
    shape.dim[i] = (long)lua_tointegerx(L, -1, &ok);
    luaL_argcheck(L, ok && shape.dim[i] > 0, 2,
                  "sizes are whole numbers, 1 or more");
  }
  return shape;
}

/* g:input{ name, ... } */
static int graph_input(lua_State *L) {
  vsg_graph *g = graph_check(L, 1);
  vsg_error err;
  int place;
  luaL_checktype(L, 2, LUA_TTABLE);
  vsg_shape shape = input_shape(L);
  lua_geti(L, 2, 1);
  luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2, "the name is missing");
  if (vsg_graph_input(&place, g, lua_tostring(L, -1), &shape, &err)) {
    return bind_fail(L, &err);
  }
  return node_push(L, 1, place);
}

/* Appends the places of the nodes among the arguments, single or in a list of
 * listed ones, to input; the options' index, 0 without, is *options. */
static int inputs_read(lua_State *L, int *input, int listed, int *options,
                       int top) {
  int count = 0;
  *options = 0;
  for (int i = 2; i <= top; i++) {
    if (luaL_testudata(L, i, NODE_TYPE)) {
      input[count++] = node_check(L, i);
    } else if (i == 2 && lua_istable(L, i)) {
      for (int k = 1; k <= listed; k++) {
        lua_geti(L, i, k);
        luaL_argcheck(L, luaL_testudata(L, -1, NODE_TYPE), i,
                      "wants a list of nodes");
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
  int listed = lua_istable(L, 2) ? (int)lua_rawlen(L, 2) : 0;
  size_t room = (size_t)top + (size_t)listed;
  int *input = lua_newuserdatauv(L, room * sizeof *input, 0);
  int count = inputs_read(L, input, listed, &options, top);
  if (count == 0) {
    return luaL_error(L,
                      "%s: no input is given; a node comes first, then the "
                      "options",
                      layer->name);
  }
  const char *name = layer_options(L, options, layer, value);
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

/* g:set(node or name, slot, tensor): an f32 tensor is shared with the graph and
 * the nets compiled of it, so that loading copies nothing. */
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
  layer_parameters_push(L, node);
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

/* g:clear(): lets go of all tensors */
static int graph_clear(lua_State *L) {
  vsg_graph *g = graph_check(L, 1);
  for (int i = 0; i < g->nodes; i++) vsg_graph_unset(g, i);
  return 0;
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

static const luaL_Reg methods[] = {
    {"clear", graph_clear},
    {"close", graph_close},
    {"compile", graph_compile},
    {"get", graph_get},
    {"input", graph_input},
    {"name", graph_name},
    {"node", graph_node},
    {"nodes", graph_nodes},
    {"output", graph_output},
    {"outputs", graph_outputs},
    {"set", graph_set},
    {"tensors", graph_tensors},
    {NULL, NULL},
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
    {"layers", layer_list},
    {"engines", engine_list},
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
