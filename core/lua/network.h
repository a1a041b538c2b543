/* A file's network as Lua tables; part of visage.core.loader. */
#ifndef VSG_LUA_NETWORK_H
#define VSG_LUA_NETWORK_H

#include <lua.h>

#include "core/loader/network.h"

/* Pushes {inputs = {{name, shape}}, outputs = {names}, operators = {{type,
 * name, inputs, outputs, attributes}}}. */
void network_push(lua_State *L, const vsg_network *network);

#endif
