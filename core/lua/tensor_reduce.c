/* Reductions along an axis, or of a whole tensor to a Lua number. */
#include <math.h>

#include "core/lua/tensor.h"
#include "core/tensor/order.h"
#include "core/tensor/reduce.h"

/* True when the call names no axis. Then the tensor at stack index 1 is
 * replaced by its elements on one axis. */
static int flatten(lua_State *L) {
  const long open = -1;
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  if (!lua_isnoneornil(L, 2)) return 0;
  vsg_tensor **flat = tensor_box(L);
  /* -1 is not told from 0 / 0 elements where there are none. */
  long n = vsg_tensor_numel(t);
  if (vsg_tensor_reshape(flat, t, 1, n ? &open : &n, &err)) {
    return bind_fail(L, &err);
  }
  lua_replace(L, 1);
  return 1;
}

/* Ends a call on the box on top: a number when the whole tensor was reduced. */
static int number_or_tensor(lua_State *L, int whole, vsg_status status,
                            const vsg_error *err) {
  if (status || !whole) return tensor_done(L, status, err);
  tensor_push_element(L, tensor_check(L, -1), (const long[]){0});
  return 1;
}

void tensor_count_from_1(const vsg_tensor *t) {
  int64_t *position = vsg_tensor_data(t);
  for (long i = 0; i < vsg_tensor_numel(t); i++) position[i]++;
}

static int reduce(lua_State *L, vsg_reduction *r) {
  vsg_error err;
  int whole = flatten(L);
  r->axis = whole ? 0 : axis_check(L, 2);
  r->keep = lua_toboolean(L, 3);
  r->wide = whole;
  vsg_tensor *t = tensor_check(L, 1);
  vsg_tensor **out = tensor_box(L);
  return number_or_tensor(L, whole, vsg_tensor_reduce(out, t, r, &err), &err);
}

/* t:sum(axis, keep) */
static int reduce_sum(lua_State *L) {
  vsg_reduction r = {.op = VSG_REDUCE_sum};
  lua_settop(L, 3);
  return reduce(L, &r);
}

static int reduce_mean(lua_State *L) {
  vsg_reduction r = {.op = VSG_REDUCE_mean};
  lua_settop(L, 3);
  return reduce(L, &r);
}

/* t:var(axis, keep, ddof) */
static int reduce_var(lua_State *L) {
  vsg_reduction r = {.op = VSG_REDUCE_var, .ddof = luaL_optnumber(L, 4, 0)};
  lua_settop(L, 3);
  return reduce(L, &r);
}

/* t:max(axis, keep), or with positions in place of values */
static int extreme(lua_State *L, const char *name, vsg_order_op op,
                   int positions) {
  vsg_error err;
  lua_settop(L, 3);
  int whole = flatten(L), keep = lua_toboolean(L, 3);
  int axis = whole ? 0 : axis_check(L, 2);
  vsg_tensor *t = tensor_check(L, 1);
  vsg_tensor **values = tensor_box(L), **indices = tensor_box(L);
  vsg_tensor **out = tensor_box(L);
  if (vsg_tensor_order(values, indices, name, op, t, axis, 1, &err)) {
    return bind_fail(L, &err);
  }
  if (positions) tensor_count_from_1(*indices);
  vsg_tensor *kept = positions ? *indices : *values;
  return number_or_tensor(L, whole,
                          keep ? vsg_tensor_view(out, kept, &err)
                               : vsg_tensor_squeeze(out, kept, axis, &err),
                          &err);
}

static int reduce_max(lua_State *L) {
  return extreme(L, "max", VSG_ORDER_max, 0);
}

static int reduce_min(lua_State *L) {
  return extreme(L, "min", VSG_ORDER_min, 0);
}

static int reduce_argmax(lua_State *L) {
  return extreme(L, "argmax", VSG_ORDER_max, 1);
}

static int reduce_argmin(lua_State *L) {
  return extreme(L, "argmin", VSG_ORDER_min, 1);
}

/* t:norm(p, axis, keep); p = math.huge is the greatest magnitude, which
 * lua/visage/tensor.lua makes of max. */
static int reduce_norm(lua_State *L) {
  vsg_reduction r = {.op = VSG_REDUCE_norm, .p = luaL_optnumber(L, 2, 2)};
  lua_settop(L, 4);
  lua_remove(L, 2);
  return reduce(L, &r);
}

/* Leaves values and indices, both ordered; n of them where n >= 0. */
static int order(lua_State *L, const char *name, vsg_order_op op, int axis,
                 long k) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  vsg_tensor **values = tensor_box(L), **indices = tensor_box(L);
  if (vsg_tensor_order(values, indices, name, op, t, axis, k, &err)) {
    return bind_fail(L, &err);
  }
  tensor_count_from_1(*indices);
  bind_gc_hint(L, vsg_tensor_bytes(*values) + vsg_tensor_bytes(*indices));
  return 2;
}

/* t:sort(axis, descending) */
static int order_sort(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int axis = axis_check(L, 2);
  if (vsg_axis_check("sort", t, axis, &err)) return bind_fail(L, &err);
  vsg_order_op op =
      lua_toboolean(L, 3) ? VSG_ORDER_descending : VSG_ORDER_ascending;
  return order(L, "sort", op, axis, t->shape[axis]);
}

/* t:topk(k, axis) */
static int order_topk(lua_State *L) {
  tensor_check(L, 1);
  lua_Integer k = luaL_checkinteger(L, 2);
  return order(L, "topk", VSG_ORDER_topk, axis_check(L, 3), (long)k);
}

const luaL_Reg tensor_reduce_methods[] = {
    {"argmax", reduce_argmax},
    {"argmin", reduce_argmin},
    {"max", reduce_max},
    {"mean", reduce_mean},
    {"min", reduce_min},
    {"norm", reduce_norm},
    {"sort", order_sort},
    {"sum", reduce_sum},
    {"topk", order_topk},
    {"var", reduce_var},
    {NULL, NULL},
};
