/* What all bindings share: boxes, errors, the collector's hint.
 *
 * A binding checks its arguments, makes an empty box, calls one core function
 * and returns. It measures tables that size memory with lua_rawlen, for a __len
 * may say anything, and something else each time. Only core/lua includes Lua's
 * headers. */
#ifndef VSG_LUA_BIND_H
#define VSG_LUA_BIND_H

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/tensor/tensor.h"

/* Pushes a userdata that holds one NULL pointer, of the metatable type. The
 * address of the pointer is what a core function fills. */
void **bind_box(lua_State *L, const char *type);

/* The pointer in the box at index; raises "TYPE is closed" when it is NULL. */
void *bind_check(lua_State *L, int index, const char *type);

/* Ends a failed call. The world's faults (VSG_IO, VSG_FORMAT, VSG_DEVICE,
 * VSG_UNSUPPORTED) return nil, text, code name; everything else raises, and
 * VSG_CANCELLED as "interrupted!". */
int bind_fail(lua_State *L, const vsg_error *err);

/* Registers a type: metamethods (with __gc), methods reached by __index. Leaves
 * nothing on the stack; idempotent. */
void bind_type(lua_State *L, const char *type, const luaL_Reg *metamethods,
               const luaL_Reg *methods);

/* Tells the collector that bytes outside its heap now hang on a box. */
void bind_gc_hint(lua_State *L, size_t bytes);

/* ---- tensors, in tensor.c ---- */

#define TENSOR_TYPE "core.tensor"

/* Raises when the value is not an open tensor. */
vsg_tensor *tensor_check(lua_State *L, int index);
/* An empty tensor box; after the core has filled it, tensor_done. */
vsg_tensor **tensor_box(lua_State *L);
/* Ends a call whose result is the box on top: 1 on VSG_OK (and hints the
 * collector), bind_fail otherwise. */
int tensor_done(lua_State *L, vsg_status status, const vsg_error *err);
/* As tensor_done for a view, which allocates nothing to tell of. */
int tensor_view_done(lua_State *L, vsg_status status, const vsg_error *err);
/* The axis at index, counted from 0; the core checks it against a tensor. */
int axis_check(lua_State *L, int index);
/* Reads a table of integers at index as a shape; returns the number of axes.
 * Raises for negative, fractional or too many numbers. */
int shape_check(lua_State *L, int index, long shape[VSG_MAX_DIMS]);
/* The dtype named at index, or fallback when none or nil. */
vsg_dtype dtype_check(lua_State *L, int index, vsg_dtype fallback);

#endif
