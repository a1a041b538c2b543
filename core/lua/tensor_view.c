/* Views of tensors and copies, for Lua; core/tensor/tensor.h says what each
 * does. */
#include <limits.h>

#include "core/lua/tensor.h"

/* t:reshape{2, -1} */
static int view_reshape(lua_State *L) {
  long shape[VSG_MAX_DIMS];
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int dims = tensor_sizes(L, 2, -1, shape);
  vsg_tensor **out = tensor_box(L);
  vsg_status status = vsg_tensor_reshape(out, t, dims, shape, &err);
  if (status || (*out)->storage == t->storage) {
    return tensor_view_done(L, status, &err);
  }
  return tensor_done(L, status, &err);
}

/* t:permute{3, 1, 2} */
static int view_permute(lua_State *L) {
  int order[VSG_MAX_DIMS];
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  if (lua_rawlen(L, 2) != (lua_Unsigned)t->dims) {
    return luaL_error(L, "permute: %I axes given, tensor has %d",
                      (LUAI_UACINT)lua_rawlen(L, 2), t->dims);
  }
  for (int i = 0; i < t->dims; i++) {
    int whole;
    lua_geti(L, 2, i + 1);
    lua_Integer axis = lua_tointegerx(L, -1, &whole);
    luaL_argcheck(L, whole && axis > INT_MIN && axis <= INT_MAX, 2,
                  "an order is a table of axes");
    order[i] = (int)axis - 1;
    lua_pop(L, 1);
  }
  vsg_tensor **out = tensor_box(L);
  return tensor_view_done(L, vsg_tensor_permute(out, t, order, &err), &err);
}

static int view_transpose(lua_State *L) {
  int order[VSG_MAX_DIMS];
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int a = axis_check(L, 2), b = axis_check(L, 3);
  if (vsg_axis_check("transpose", t, a, &err) ||
      vsg_axis_check("transpose", t, b, &err)) {
    return bind_fail(L, &err);
  }
  for (int i = 0; i < t->dims; i++) order[i] = i;
  order[a] = b;
  order[b] = a;
  vsg_tensor **out = tensor_box(L);
  return tensor_view_done(L, vsg_tensor_permute(out, t, order, &err), &err);
}

/* t:narrow(axis, start, length, step) */
static int view_narrow(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int axis = axis_check(L, 2);
  lua_Integer start = luaL_checkinteger(L, 3);
  lua_Integer length = luaL_checkinteger(L, 4);
  lua_Integer step = luaL_optinteger(L, 5, 1);
  luaL_argcheck(L, start > 0, 3, "positions start at 1");
  vsg_tensor **out = tensor_box(L);
  return tensor_view_done(
      L, vsg_tensor_slice(out, t, axis, start - 1, length, step, &err), &err);
}

static int view_select(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int axis = axis_check(L, 2);
  lua_Integer index = luaL_checkinteger(L, 3);
  luaL_argcheck(L, index > 0, 3, "positions start at 1");
  vsg_tensor **out = tensor_box(L);
  return tensor_view_done(L, vsg_tensor_select(out, t, axis, index - 1, &err),
                          &err);
}

static int view_expand(lua_State *L) {
  long shape[VSG_MAX_DIMS];
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int dims = shape_check(L, 2, shape);
  vsg_tensor **out = tensor_box(L);
  return tensor_view_done(L, vsg_tensor_expand(out, t, dims, shape, &err),
                          &err);
}

static int view_unsqueeze(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int axis = axis_check(L, 2);
  vsg_tensor **out = tensor_box(L);
  return tensor_view_done(L, vsg_tensor_unsqueeze(out, t, axis, &err), &err);
}

static int view_squeeze(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int axis = axis_check(L, 2);
  vsg_tensor **out = tensor_box(L);
  return tensor_view_done(L, vsg_tensor_squeeze(out, t, axis, &err), &err);
}

/* t itself where it is contiguous. */
static int copy_contiguous(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  if (vsg_tensor_is_contiguous(t)) {
    lua_settop(L, 1);
    return 1;
  }
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_tensor_contiguous(out, t, &err), &err);
}

/* t itself where it has the dtype. */
static int copy_to(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  luaL_checkstring(L, 2);
  vsg_dtype dtype = dtype_check(L, 2, t->dtype);
  if (dtype == t->dtype) {
    lua_settop(L, 1);
    return 1;
  }
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_tensor_to(out, t, dtype, &err), &err);
}

static int copy_clone(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_tensor_clone(out, t, &err), &err);
}

/* t:copy(source) writes into t and returns it. */
static int copy_copy(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  if (vsg_tensor_copy(t, tensor_check(L, 2), &err)) return bind_fail(L, &err);
  lua_settop(L, 1);
  return 1;
}

const luaL_Reg tensor_view_methods[] = {
    {"clone", copy_clone},
    {"contiguous", copy_contiguous},
    {"copy", copy_copy},
    {"expand", view_expand},
    {"narrow", view_narrow},
    {"permute", view_permute},
    {"reshape", view_reshape},
    {"select", view_select},
    {"squeeze", view_squeeze},
    {"to", copy_to},
    {"transpose", view_transpose},
    {"unsqueeze", view_unsqueeze},
    {NULL, NULL},
};
