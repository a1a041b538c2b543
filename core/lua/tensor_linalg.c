/* Linear algebra for Lua; core/tensor/linalg.h says what each does. */
#include "core/lua/tensor.h"
#include "core/tensor/linalg.h"

/* a:matmul(b) */
static int linalg_matmul(lua_State *L) {
  vsg_error err;
  vsg_tensor *a = tensor_check(L, 1), *b = tensor_check(L, 2);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_tensor_matmul(out, a, b, &err), &err);
}

/* a:dot(b) */
static int linalg_dot(lua_State *L) {
  vsg_error err;
  double value;
  vsg_tensor *a = tensor_check(L, 1), *b = tensor_check(L, 2);
  if (vsg_tensor_dot(&value, a, b, &err)) return bind_fail(L, &err);
  lua_pushnumber(L, value);
  return 1;
}

/* svd(a): u, s, vt */
static int linalg_svd(lua_State *L) {
  vsg_error err;
  vsg_tensor *a = tensor_check(L, 1);
  vsg_tensor **u = tensor_box(L), **s = tensor_box(L), **vt = tensor_box(L);
  if (vsg_tensor_svd(u, s, vt, a, &err)) return bind_fail(L, &err);
  bind_gc_hint(L, vsg_tensor_bytes(*u) + vsg_tensor_bytes(*vt));
  return 3;
}

/* eigh(a): values, vectors */
static int linalg_eigh(lua_State *L) {
  vsg_error err;
  vsg_tensor *a = tensor_check(L, 1);
  vsg_tensor **values = tensor_box(L), **vectors = tensor_box(L);
  if (vsg_tensor_eigh(values, vectors, a, &err)) return bind_fail(L, &err);
  bind_gc_hint(L, vsg_tensor_bytes(*vectors));
  return 2;
}

const luaL_Reg tensor_linalg_methods[] = {
    {"dot", linalg_dot},
    {"matmul", linalg_matmul},
    {NULL, NULL},
};

const luaL_Reg tensor_linalg_functions[] = {
    {"eigh", linalg_eigh},
    {"svd", linalg_svd},
    {NULL, NULL},
};
