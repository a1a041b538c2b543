/* The parts of visage.core.tensor, one per file: what each adds to the methods
 * of a tensor, to its metamethods, or to the module. Lists end in NULL. */
#ifndef VSG_LUA_TENSOR_H
#define VSG_LUA_TENSOR_H

#include "core/lua/bind.h"

extern const luaL_Reg tensor_view_methods[];
/* As shape_check, of sizes from least on. */
int tensor_sizes(lua_State *L, int index, long least, long sizes[VSG_MAX_DIMS]);

extern const luaL_Reg tensor_element_methods[];
extern const luaL_Reg tensor_element_functions[];
/* t[i] = value */
int tensor_newindex(lua_State *L);
/* Pushes t[i], t being an open tensor and i the number at index 2; nil for the
 * position right behind the last. */
int tensor_index_number(lua_State *L, const vsg_tensor *t);

/* Pushes the element as a Lua number: an integer where the dtype is one. */
void tensor_push_element(lua_State *L, const vsg_tensor *t, const long *index);

extern const luaL_Reg tensor_reduce_methods[];
/* Adds 1 to every element of a contiguous i64 tensor of positions. */
void tensor_count_from_1(const vsg_tensor *t);

extern const luaL_Reg tensor_math_methods[];
extern const luaL_Reg tensor_math_metamethods[];
extern const luaL_Reg tensor_math_functions[];

extern const luaL_Reg tensor_linalg_methods[];
extern const luaL_Reg tensor_linalg_functions[];

extern const luaL_Reg tensor_random_functions[];
/* Registers the generator's type. */
void tensor_random_open(lua_State *L);

#endif
