/* visage.core.tensor: tensors for Lua. Axes and indices start at 1 here and at
 * 0 in the core. lua/visage/tensor.lua holds what needs no C. */
#include "core/lua/bind.h"

int luaopen_visage_core_tensor(lua_State *L);

vsg_tensor *tensor_check(lua_State *L, int index) {
  return bind_check(L, index, TENSOR_TYPE);
}

vsg_tensor **tensor_box(lua_State *L) {
  /* The box's pointer has the type of what it holds. */
  return (vsg_tensor **)bind_box(L, TENSOR_TYPE);
}

int tensor_done(lua_State *L, vsg_status status, const vsg_error *err) {
  if (status) return bind_fail(L, err);
  bind_gc_hint(L, vsg_tensor_bytes(tensor_check(L, -1)));
  return 1;
}

int shape_check(lua_State *L, int index, long shape[VSG_MAX_DIMS]) {
  luaL_checktype(L, index, LUA_TTABLE);
  lua_Integer n = luaL_len(L, index);
  luaL_argcheck(L, n <= VSG_MAX_DIMS, index, "a shape has at most 8 axes");
  for (int i = 0; i < (int)n; i++) {
    int ok;
    lua_geti(L, index, i + 1);
    shape[i] = (long)lua_tointegerx(L, -1, &ok);
    luaL_argcheck(L, ok && shape[i] >= 0, index,
                  "a shape is a table of whole numbers, zero or more");
    lua_pop(L, 1);
  }
  return (int)n;
}

vsg_dtype dtype_check(lua_State *L, int index, vsg_dtype fallback) {
  vsg_dtype dtype;
  const char *name = luaL_optstring(L, index, vsg_dtype_name(fallback));
  if (!vsg_dtype_from_name(&dtype, name)) {
    luaL_error(L, "tensor: no dtype is called '%s'", name);
  }
  return dtype;
}

static int tensor_zeros(lua_State *L) {
  long shape[VSG_MAX_DIMS];
  vsg_error err;
  int dims = shape_check(L, 1, shape);
  vsg_dtype dtype = dtype_check(L, 2, VSG_f32);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_tensor_new(out, dtype, dims, shape, &err), &err);
}

static int tensor_close(lua_State *L) {
  vsg_tensor **box = luaL_checkudata(L, 1, TENSOR_TYPE);
  vsg_tensor_free(*box);
  *box = NULL;
  return 0;
}

static int tensor_shape(lua_State *L) {
  vsg_tensor *t = tensor_check(L, 1);
  lua_createtable(L, t->dims, 0);
  for (int i = 0; i < t->dims; i++) {
    lua_pushinteger(L, t->shape[i]);
    lua_seti(L, -2, i + 1);
  }
  return 1;
}

static const luaL_Reg methods[] = {
    {"close", tensor_close},
    {"shape", tensor_shape},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", tensor_close},
    {"__close", tensor_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"zeros", tensor_zeros},
    {NULL, NULL},
};

int luaopen_visage_core_tensor(lua_State *L) {
  bind_type(L, TENSOR_TYPE, metamethods, methods);
  luaL_newlib(L, functions);
  return 1;
}
