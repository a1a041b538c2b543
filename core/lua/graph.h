/* What graph.c and net.c share: boxes of graphs and nets. */
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

/* g:compile(options), in net.c. */
int graph_compile(lua_State *L);
/* Registers NET_TYPE. */
void net_open(lua_State *L);

#endif
