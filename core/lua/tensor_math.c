/* Arithmetic, comparisons and unary operations of tensors and numbers. */
#include <math.h>

#include "core/lua/tensor.h"
#include "core/tensor/elementwise.h"

/* The dtype of a 0-axis tensor that stands for the number at index beside t. It
 * never widens a float tensor; a Lua float makes f32 of an integer one. */
static vsg_dtype number_dtype(lua_State *L, int index, const vsg_tensor *t,
                              vsg_binary op) {
  if (vsg_dtype_is_float(t->dtype)) return t->dtype;
  if (vsg_binary_compares(op)) {
    /* Wide enough that nothing wraps: u8 is never above 300. */
    return lua_isinteger(L, index) ? VSG_i64 : VSG_f64;
  }
  return lua_isinteger(L, index) ? t->dtype : VSG_f32;
}

/* The tensor at index; a number there is replaced by a tensor of 0 axes. */
static const vsg_tensor *operand(lua_State *L, int index, int other,
                                 vsg_binary op) {
  vsg_error err;
  if (lua_type(L, index) != LUA_TNUMBER) return tensor_check(L, index);
  const vsg_tensor *t = tensor_check(L, other);
  vsg_dtype dtype = number_dtype(L, index, t, op);
  vsg_tensor **box = tensor_box(L);
  if (vsg_tensor_new(box, dtype, 0, NULL, &err)) bind_fail(L, &err);
  if (lua_isinteger(L, index) && !vsg_dtype_is_float(dtype)) {
    lua_Integer value = lua_tointeger(L, index);
    vsg_tensor_set_i64(*box, NULL, value);
    if (vsg_tensor_get_i64(*box, NULL) != value) {
      luaL_error(L, "%s: %I does not fit %s", vsg_binary_name(op),
                 (LUAI_UACINT)value, vsg_dtype_name(dtype));
    }
  } else {
    vsg_tensor_set_f64(*box, NULL, lua_tonumber(L, index));
  }
  lua_replace(L, index);
  return tensor_check(L, index);
}

static int binary(lua_State *L, vsg_binary op) {
  vsg_error err;
  lua_settop(L, 2);
  const vsg_tensor *a = operand(L, 1, 2, op), *b = operand(L, 2, 1, op);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_tensor_binary(out, op, a, b, &err), &err);
}

static int unary(lua_State *L, vsg_unary op) {
  vsg_error err;
  const vsg_tensor *t = tensor_check(L, 1);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_tensor_unary(out, op, t, &err), &err);
}

#define VSG_BINARY(name) \
  static int math_##name(lua_State *L) { return binary(L, VSG_BINARY_##name); }
#define VSG_COMPARE VSG_BINARY
#define VSG_UNARY(name) \
  static int math_##name(lua_State *L) { return unary(L, VSG_UNARY_##name); }
#include "core/tensor/elementwise.def"
#undef VSG_BINARY
#undef VSG_COMPARE
#undef VSG_UNARY

/* promote(a, b): the name of the dtype that holds both */
static int math_promote(lua_State *L) {
  vsg_dtype a = dtype_check(L, 1, VSG_f32), b = dtype_check(L, 2, VSG_f32);
  lua_pushstring(L, vsg_dtype_name(vsg_dtype_promote(a, b)));
  return 1;
}

const luaL_Reg tensor_math_methods[] = {
    {"abs", math_abs}, {"eq", math_eq},     {"exp", math_exp}, {"ge", math_ge},
    {"gt", math_gt},   {"le", math_le},     {"log", math_log}, {"lt", math_lt},
    {"ne", math_ne},   {"sqrt", math_sqrt}, {NULL, NULL},
};

const luaL_Reg tensor_math_metamethods[] = {
    {"__add", math_add}, {"__div", math_div}, {"__mul", math_mul},
    {"__pow", math_pow}, {"__sub", math_sub}, {"__unm", math_neg},
    {NULL, NULL},
};

const luaL_Reg tensor_math_functions[] = {
    {"maximum", math_maximum},
    {"minimum", math_minimum},
    {"promote", math_promote},
    {NULL, NULL},
};
