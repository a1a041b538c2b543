/* What graph.c, layer.c and net.c share. */
#ifndef VSG_LUA_GRAPH_H
#define VSG_LUA_GRAPH_H

#include "core/graph/graph.h"
#include "core/lua/bind.h"

#define GRAPH_TYPE "core.graph"
#define NODE_TYPE "core.node"
#define NET_TYPE "core.net"

vsg_graph *graph_check(lua_State *L, int index);
/* Pushes a shape as a table, open sizes as -1. */
void shape_push(lua_State *L, const vsg_shape *shape);

/* ---- layer.c ---- */

/* Fills value, one per parameter, from the options at index (0: none), and
 * returns the name, which the options own. Raises for what does not fit. */
const char *layer_options(lua_State *L, int index, const vsg_layer *layer,
                          vsg_value *value);
/* Pushes the node's parameters as a table name -> value. */
void layer_parameters_push(lua_State *L, const vsg_node *node);
/* layers(): {name, about, tensors, parameters} each, and of a parameter {name,
 * kind, default, least, about} */
int layer_list(lua_State *L);

/* ---- net.c ---- */

/* g:compile(options) */
int graph_compile(lua_State *L);
/* engines(): {device, name} each, a device's default first */
int engine_list(lua_State *L);
/* Registers NET_TYPE. */
void net_open(lua_State *L);

#endif
