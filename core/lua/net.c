/* Compiled networks for Lua: g:compile(options) and what it returns. */
#include "core/graph/net.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/backend/registry.h"
#include "core/graph/fuse.h"
#include "core/lua/graph.h"

static vsg_net *net_check(lua_State *L, int index) {
  return bind_check(L, index, NET_TYPE);
}

/* ---- compile ---- */

static void check_options(lua_State *L, int index) {
  static const char *const known[] = {"device",    "engine",  "batch",
                                      "taps",      "threads", "fuse",
                                      "precision", "ranges",  NULL};
  lua_pushnil(L);
  while (lua_next(L, index)) {
    int i = 0;
    lua_pop(L, 1);
    luaL_tolstring(L, -1, NULL);
    while (known[i] && strcmp(known[i], lua_tostring(L, -1)) != 0) i++;
    if (!known[i]) {
      luaL_error(L,
                 "compile: no option is called '%s'; there are device, "
                 "engine, batch, taps, threads, fuse, precision, ranges",
                 lua_tostring(L, -1));
    }
    lua_pop(L, 1);
  }
}

/* libgomp ends the program when it cannot start its threads. */
enum { THREADS_MOST = 1024 };

/* A whole number from least to most. */
static long option_integer(lua_State *L, int index, const char *key,
                           long fallback, long least, long most) {
  int ok;
  long value;
  if (lua_getfield(L, index, key) == LUA_TNIL) return fallback;
  value = (long)lua_tointegerx(L, -1, &ok);
  if (!ok || value < least || value > most) {
    luaL_error(L, "compile: %s is %s, wants a whole number from %d to %d", key,
               luaL_tolstring(L, -1, NULL), (int)least, (int)most);
  }
  return value;
}

static const char *option_string(lua_State *L, int index, const char *key,
                                 const char *fallback) {
  int type = lua_getfield(L, index, key);
  if (type == LUA_TNIL) return fallback;
  if (type != LUA_TSTRING) {
    luaL_error(L, "compile: %s is a %s, wants a name", key,
               luaL_typename(L, -1));
  }
  return lua_tostring(L, -1);
}

static vsg_precision precision_read(lua_State *L, int index) {
  const char *name = option_string(L, index, "precision", "fp32");
  vsg_precision precision = VSG_PRECISION_fp32;
  if (!vsg_precision_find(&precision, name)) {
    lua_pushliteral(L, "");
    for (int i = 0; i < VSG_PRECISION_COUNT; i++) {
      lua_pushfstring(L, i ? ", %s" : "%s",
                      vsg_precision_name((vsg_precision)i));
      lua_concat(L, 2);
    }
    luaL_error(L, "compile: no precision is called '%s'; there are %s", name,
               lua_tostring(L, -1));
  }
  return precision;
}

/* A range { low, high } at the top of the stack; the key is below it. */
static vsg_range range_check(lua_State *L) {
  int low = 0, high = 0;
  vsg_range range = {0, 0};
  if (lua_istable(L, -1)) {
    lua_geti(L, -1, 1);
    lua_geti(L, -2, 2);
    range.low = (float)lua_tonumberx(L, -2, &low);
    range.high = (float)lua_tonumberx(L, -1, &high);
    lua_pop(L, 2);
  }
  bool fits = low && high && isfinite(range.low) && isfinite(range.high) &&
              range.low <= range.high;
  if (!fits) {
    luaL_error(L, "compile: ranges: '%s' wants { low, high }",
               luaL_tolstring(L, -2, NULL));
  }
  return range;
}

/* ranges = { NODE = { low, high } }; what the graph has no node for is left
 * out. The array is a userdata left on the stack; NULL without the option. */
static const vsg_range *ranges_read(lua_State *L, int index,
                                    const vsg_graph *g) {
  int type = lua_getfield(L, index, "ranges");
  if (type == LUA_TNIL) return NULL;
  if (type != LUA_TTABLE) {
    luaL_error(L, "compile: ranges is a %s, wants a table",
               luaL_typename(L, -1));
  }
  index = lua_gettop(L);
  vsg_range *range =
      lua_newuserdatauv(L, ((size_t)g->nodes + 1) * sizeof *range, 0);
  for (int i = 0; i < g->nodes; i++) range[i] = (vsg_range){0, -1};
  lua_pushnil(L);
  while (lua_next(L, index)) {
    int node = lua_type(L, -2) == LUA_TSTRING
                   ? vsg_graph_find(g, lua_tostring(L, -2))
                   : -1;
    vsg_range found = range_check(L);
    if (node >= 0) range[node] = found;
    lua_pop(L, 1);
  }
  return range;
}

/* The names in the list options.taps; the strings belong to it, the array to a
 * userdata left on the stack. */
static void taps_read(lua_State *L, int index, vsg_net_options *out) {
  const char **tap;
  if (lua_getfield(L, index, "taps") == LUA_TNIL) return;
  if (!lua_istable(L, -1)) luaL_error(L, "compile: taps wants a list of names");
  index = lua_gettop(L);
  out->taps = (int)lua_rawlen(L, index);
  tap = lua_newuserdatauv(L, ((size_t)out->taps + 1) * sizeof *tap, 0);
  for (int i = 0; i < out->taps; i++) {
    if (lua_geti(L, index, i + 1) != LUA_TSTRING) {
      luaL_error(L, "compile: taps wants a list of names");
    }
    tap[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  out->tap = tap;
}

static unsigned pass_check(lua_State *L, int index) {
  unsigned pass = 0;
  if (lua_type(L, index) == LUA_TSTRING) {
    pass = vsg_pass_find(lua_tostring(L, index));
  }
  if (pass) return pass;
  lua_pushliteral(L, "");
  for (int i = 0; vsg_pass_name(i); i++) {
    lua_pushfstring(L, i ? ", %s" : "%s", vsg_pass_name(i));
    lua_concat(L, 2);
  }
  luaL_tolstring(L, index, NULL);
  luaL_error(L, "compile: fuse: no pass is called '%s'; there are %s",
             lua_tostring(L, -1), lua_tostring(L, -2));
  return 0;
}

/* fuse = true, false, or { NAME = false } for all passes but some. */
static unsigned passes_read(lua_State *L, int index) {
  unsigned passes = VSG_PASS_ALL;
  int type = lua_getfield(L, index, "fuse");
  if (type == LUA_TNIL) return passes;
  if (type == LUA_TBOOLEAN) return lua_toboolean(L, -1) ? passes : 0;
  if (type != LUA_TTABLE) {
    luaL_error(L, "compile: fuse is a %s, wants true, false or a table",
               luaL_typename(L, -1));
  }
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    unsigned pass = pass_check(L, lua_absindex(L, -2));
    if (!lua_toboolean(L, -1)) passes &= ~pass;
    lua_pop(L, 1);
  }
  return passes;
}

/* g:compile{ device =, engine =, batch =, taps =, threads =, fuse =,
 * precision =, ranges = } */
int graph_compile(lua_State *L) {
  vsg_graph *g = graph_check(L, 1);
  vsg_net_options options = {.passes = VSG_PASS_ALL};
  const vsg_engine *engine;
  vsg_error err;
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_newtable(L);
    lua_replace(L, 2);
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  check_options(L, 2);
  options.batch = option_integer(L, 2, "batch", 1, 1, INT_MAX);
  options.threads = (int)option_integer(L, 2, "threads", 0, 0, THREADS_MOST);
  options.passes = passes_read(L, 2);
  options.precision = precision_read(L, 2);
  options.range = ranges_read(L, 2, g);
  taps_read(L, 2, &options);
  if (vsg_engine_find(&engine, option_string(L, 2, "device", "cpu"),
                      option_string(L, 2, "engine", NULL), &err)) {
    return bind_fail(L, &err);
  }
  vsg_net **box = (vsg_net **)bind_box(L, NET_TYPE);
  if (vsg_net_new(box, g, engine, &options, &err)) return bind_fail(L, &err);
  bind_gc_hint(L, vsg_net_bytes(*box) + vsg_net_weights(*box));
  return 1;
}

int engine_list(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; vsg_engines[i]; i++) {
    lua_createtable(L, 0, 2);
    lua_pushstring(L, vsg_engines[i]->device);
    lua_setfield(L, -2, "device");
    lua_pushstring(L, vsg_engines[i]->name);
    lua_setfield(L, -2, "name");
    lua_seti(L, -2, i + 1);
  }
  return 1;
}

static int net_close(lua_State *L) {
  vsg_net **box = luaL_checkudata(L, 1, NET_TYPE);
  vsg_net_free(*box);
  *box = NULL;
  return 0;
}

/* ---- run ---- */

/* Pushes the outputs, then a table name -> tensor of the taps if there are any;
 * the boxes begin at stack index first. */
static int results_push(lua_State *L, const vsg_net *net, int first) {
  int outputs = vsg_net_outputs(net), results = vsg_net_results(net);
  size_t bytes = 0;
  for (int i = 0; i < results; i++) {
    bytes += vsg_tensor_bytes(tensor_check(L, first + i));
  }
  bind_gc_hint(L, bytes);
  for (int i = 0; i < outputs; i++) lua_pushvalue(L, first + i);
  if (results == outputs) return outputs;
  lua_newtable(L);
  for (int i = outputs; i < results; i++) {
    lua_pushvalue(L, first + i);
    lua_setfield(L, -2, vsg_net_graph(net)->node[vsg_net_result(net, i)].name);
  }
  return outputs + 1;
}

/* net:run(x, ...) */
static int net_run(lua_State *L) {
  vsg_net *net = net_check(L, 1);
  int count = lua_gettop(L) - 1, results = vsg_net_results(net);
  size_t room = (size_t)(count + results) + 1;
  vsg_error err;
  luaL_checkstack(L, 2 * results + 4, "too many results");
  vsg_tensor **input = lua_newuserdatauv(L, room * sizeof *input, 0);
  vsg_tensor **result = input + count;
  int first = lua_gettop(L) + 1;
  for (int i = 0; i < count; i++) input[i] = tensor_check(L, i + 2);
  for (int i = 0; i < results; i++) tensor_box(L);
  if (vsg_net_run(result, net, input, count, &err)) return bind_fail(L, &err);
  for (int i = 0; i < results; i++) {
    *(vsg_tensor **)lua_touserdata(L, first + i) = result[i];
  }
  return results_push(L, net, first);
}

/* ---- reading ---- */

/* net:nodes(): {name, layer} for every node that is computed */
static int net_nodes(lua_State *L) {
  const vsg_net *net = net_check(L, 1);
  const vsg_graph *g = vsg_net_graph(net);
  int count = 0;
  lua_newtable(L);
  for (int i = 0; i < g->nodes; i++) {
    if (!g->node[i].layer || !vsg_net_needs(net, i)) continue;
    lua_createtable(L, 0, 2);
    lua_pushstring(L, g->node[i].name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, vsg_node_layer(&g->node[i]));
    lua_setfield(L, -2, "layer");
    lua_seti(L, -2, ++count);
  }
  return 1;
}

/* net:steps(): {node, by} for each step of the most recent plan */
static int net_steps(lua_State *L) {
  const vsg_net *net = net_check(L, 1);
  vsg_step step;
  lua_newtable(L);
  for (int i = 0; vsg_net_step(&step, net, i); i++) {
    lua_createtable(L, 0, 2);
    lua_pushstring(L, vsg_net_graph(net)->node[step.node].name);
    lua_setfield(L, -2, "node");
    lua_pushstring(L, step.by);
    lua_setfield(L, -2, "by");
    lua_seti(L, -2, i + 1);
  }
  return 1;
}

static void field_integer(lua_State *L, const char *key, size_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, key);
}

/* {images, workers, threads, activations, scratch} for each part of the most
 * recent plan. */
static void parts_push(lua_State *L, const vsg_net *net) {
  vsg_part part;
  lua_newtable(L);
  for (int i = 0; vsg_net_part(&part, net, i); i++) {
    lua_createtable(L, 0, 5);
    field_integer(L, "images", (size_t)part.images);
    field_integer(L, "workers", (size_t)part.workers);
    field_integer(L, "threads", (size_t)part.threads);
    field_integer(L, "activations", part.activations);
    field_integer(L, "scratch", part.scratch);
    lua_seti(L, -2, i + 1);
  }
}

/* net:info(): {graph, device, engine, precision, batch, plans, weights, bytes,
 * parts} */
static int net_info(lua_State *L) {
  const vsg_net *net = net_check(L, 1);
  lua_createtable(L, 0, 9);
  lua_pushstring(L, vsg_net_graph(net)->name);
  lua_setfield(L, -2, "graph");
  lua_pushstring(L, vsg_net_engine(net)->device);
  lua_setfield(L, -2, "device");
  lua_pushstring(L, vsg_net_engine(net)->name);
  lua_setfield(L, -2, "engine");
  lua_pushstring(L, vsg_precision_name(vsg_net_precision(net)));
  lua_setfield(L, -2, "precision");
  field_integer(L, "batch", (size_t)vsg_net_batch(net));
  field_integer(L, "plans", (size_t)vsg_net_plans(net));
  field_integer(L, "weights", vsg_net_weights(net));
  field_integer(L, "bytes", vsg_net_bytes(net));
  parts_push(L, net);
  lua_setfield(L, -2, "parts");
  return 1;
}

static const luaL_Reg methods[] = {
    {"close", net_close}, {"info", net_info},   {"nodes", net_nodes},
    {"run", net_run},     {"steps", net_steps}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", net_close},
    {"__close", net_close},
    {NULL, NULL},
};

void net_open(lua_State *L) { bind_type(L, NET_TYPE, metamethods, methods); }
