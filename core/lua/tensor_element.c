/* Elements of tensors as Lua numbers: get, set, t[i], item, fill, from and to
 * nested tables. Whole-number dtypes give Lua integers, the others floats. */
#include <limits.h>
#include <stdbool.h>

#include "core/lua/tensor.h"

void tensor_push_element(lua_State *L, const vsg_tensor *t, const long *index) {
  if (vsg_dtype_is_float(t->dtype)) {
    lua_pushnumber(L, vsg_tensor_get_f64(t, index));
  } else {
    lua_pushinteger(L, vsg_tensor_get_i64(t, index));
  }
}

/* Stores the number at stack index value. */
static void set_element(lua_State *L, int value, const vsg_tensor *t,
                        const long *index) {
  if (lua_isinteger(L, value)) {
    vsg_tensor_set_i64(t, index, lua_tointeger(L, value));
  } else {
    vsg_tensor_set_f64(t, index, luaL_checknumber(L, value));
  }
}

/* The integer at stack index where as a position on the axis of t. */
static long check_position(lua_State *L, int where, const vsg_tensor *t,
                           int axis) {
  lua_Integer at = luaL_checkinteger(L, where);
  if (at < 1 || at > t->shape[axis]) {
    luaL_error(L, "index %I: axis %d has %I elements", (LUAI_UACINT)at,
               axis + 1, (LUAI_UACINT)t->shape[axis]);
  }
  return (long)at - 1;
}

/* Reads the integers from stack index first on as an element's positions. */
static void check_positions(lua_State *L, int first, const vsg_tensor *t,
                            long *index) {
  int given = lua_gettop(L) - first + 1;
  if (given != t->dims) {
    luaL_error(L, "index: %d positions, tensor has %d axes",
               given > 0 ? given : 0, t->dims);
  }
  for (int i = 0; i < t->dims; i++) {
    index[i] = check_position(L, first + i, t, i);
  }
}

static int element_get(lua_State *L) {
  long index[VSG_MAX_DIMS];
  vsg_tensor *t = tensor_check(L, 1);
  check_positions(L, 2, t, index);
  tensor_push_element(L, t, index);
  return 1;
}

/* t:set(value, i, j, ...) */
static int element_set(lua_State *L) {
  long index[VSG_MAX_DIMS];
  vsg_tensor *t = tensor_check(L, 1);
  luaL_checknumber(L, 2);
  check_positions(L, 3, t, index);
  set_element(L, 2, t, index);
  lua_settop(L, 1);
  return 1;
}

static int element_item(lua_State *L) {
  const long first[VSG_MAX_DIMS] = {0};
  vsg_tensor *t = tensor_check(L, 1);
  if (vsg_tensor_numel(t) != 1) {
    return luaL_error(L, "item: tensor has %I elements, wants 1",
                      (LUAI_UACINT)vsg_tensor_numel(t));
  }
  tensor_push_element(L, t, first);
  return 1;
}

/* Writes the number at stack index value into every element of t. */
static void fill(lua_State *L, int value, const vsg_tensor *t) {
  vsg_error err;
  const long none[VSG_MAX_DIMS] = {0};
  vsg_tensor **one = tensor_box(L);
  if (vsg_tensor_new(one, t->dtype, 0, NULL, &err)) {
    bind_fail(L, &err);
  }
  set_element(L, value, *one, none);
  if (vsg_tensor_copy(t, *one, &err)) bind_fail(L, &err);
  lua_pop(L, 1);
}

/* t:fill(value) */
static int element_fill(lua_State *L) {
  vsg_tensor *t = tensor_check(L, 1);
  luaL_checknumber(L, 2);
  fill(L, 2, t);
  lua_settop(L, 1);
  return 1;
}

/* Leaves a tensor of the shape at index 1 filled with the number at index 2. */
static int filled(lua_State *L, vsg_dtype dtype) {
  long shape[VSG_MAX_DIMS];
  vsg_error err;
  int dims = shape_check(L, 1, shape);
  vsg_tensor **out = tensor_box(L);
  if (vsg_tensor_new(out, dtype, dims, shape, &err)) return bind_fail(L, &err);
  fill(L, 2, *out);
  return tensor_done(L, VSG_OK, &err);
}

/* full(shape, value, dtype) */
static int element_full(lua_State *L) {
  luaL_checknumber(L, 2);
  return filled(L, dtype_check(L, 3, VSG_f32));
}

/* ones(shape, dtype) */
static int element_ones(lua_State *L) {
  vsg_dtype dtype = dtype_check(L, 2, VSG_f32);
  lua_settop(L, 1);
  lua_pushinteger(L, 1);
  return filled(L, dtype);
}

/* The first position in t, of the number at stack index 2. */
static long first_position(lua_State *L, const vsg_tensor *t) {
  vsg_error err;
  if (vsg_axis_check("index", t, 0, &err)) bind_fail(L, &err);
  return check_position(L, 2, t, 0);
}

/* True for the position right behind the last: reading it gives nil, which is
 * where ipairs(t) ends. */
static bool is_past_last(lua_State *L, const vsg_tensor *t) {
  int whole;
  lua_Integer at = lua_tointegerx(L, 2, &whole);
  return whole && t->dims > 0 && at > 0 && at - 1 == t->shape[0];
}

int tensor_index_number(lua_State *L, const vsg_tensor *t) {
  vsg_error err;
  if (is_past_last(L, t)) {
    lua_pushnil(L);
    return 1;
  }
  const long at = first_position(L, t);
  if (t->dims == 1) {
    tensor_push_element(L, t, &at);
    return 1;
  }
  vsg_tensor **out = tensor_box(L);
  return tensor_view_done(L, vsg_tensor_select(out, t, 0, at, &err), &err);
}

/* t[i] = number, or a tensor that expands to t[i] */
int tensor_newindex(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  long at = first_position(L, t);
  vsg_tensor **part = tensor_box(L);
  if (vsg_tensor_select(part, t, 0, at, &err)) return bind_fail(L, &err);
  if (lua_type(L, 3) == LUA_TNUMBER) {
    fill(L, 3, *part);
  } else if (vsg_tensor_copy(*part, tensor_check(L, 3), &err)) {
    return bind_fail(L, &err);
  }
  return 0;
}

/* ---- nested tables ---- */

/* The shape of the nested table on top, from its first elements. */
static int table_shape(lua_State *L, long shape[VSG_MAX_DIMS]) {
  int dims = 0, top = lua_gettop(L);
  luaL_checkstack(L, VSG_MAX_DIMS + 4, "from");
  lua_pushvalue(L, top);
  while (lua_istable(L, -1)) {
    if (dims == VSG_MAX_DIMS) {
      luaL_error(L, "from: tables nested deeper than %d", VSG_MAX_DIMS);
    }
    shape[dims] = (long)luaL_len(L, -1);
    if (shape[dims++] == 0) break;
    lua_geti(L, -1, 1);
  }
  lua_settop(L, top);
  return dims;
}

/* Writes the nested table on top into t from axis on; index holds the position
 * on the axes before. */
static void read_table(lua_State *L, const vsg_tensor *t, int axis,
                       long *index) {
  if (axis == t->dims) {
    if (lua_type(L, -1) != LUA_TNUMBER) {
      luaL_error(L, "from: a %s where a number was expected",
                 luaL_typename(L, -1));
    }
    set_element(L, -1, t, index);
    return;
  }
  if (!lua_istable(L, -1) || luaL_len(L, -1) != t->shape[axis]) {
    luaL_error(L, "from: tables on axis %d differ in length, wants %I",
               axis + 1, (LUAI_UACINT)t->shape[axis]);
  }
  for (long i = 0; i < t->shape[axis]; i++) {
    index[axis] = i;
    lua_geti(L, -1, i + 1);
    read_table(L, t, axis + 1, index);
    lua_pop(L, 1);
  }
}

/* from(nested table or number, dtype) */
static int element_from(lua_State *L) {
  long shape[VSG_MAX_DIMS], index[VSG_MAX_DIMS] = {0};
  vsg_error err;
  vsg_dtype dtype = dtype_check(L, 2, VSG_f32);
  lua_settop(L, 1);
  int dims = table_shape(L, shape);
  vsg_tensor **out = tensor_box(L);
  if (vsg_tensor_new(out, dtype, dims, shape, &err)) return bind_fail(L, &err);
  lua_pushvalue(L, 1);
  read_table(L, *out, 0, index);
  lua_pop(L, 1);
  return tensor_done(L, VSG_OK, &err);
}

static void push_table(lua_State *L, const vsg_tensor *t, int axis,
                       long *index) {
  if (axis == t->dims) {
    tensor_push_element(L, t, index);
    return;
  }
  luaL_checkstack(L, 4, "totable");
  lua_createtable(L, t->shape[axis] < INT_MAX ? (int)t->shape[axis] : 0, 0);
  for (long i = 0; i < t->shape[axis]; i++) {
    index[axis] = i;
    push_table(L, t, axis + 1, index);
    lua_seti(L, -2, i + 1);
  }
}

/* t:totable() gives nested tables, a number for a tensor of 0 axes. */
static int element_totable(lua_State *L) {
  long index[VSG_MAX_DIMS] = {0};
  push_table(L, tensor_check(L, 1), 0, index);
  return 1;
}

const luaL_Reg tensor_element_methods[] = {
    {"fill", element_fill},       {"get", element_get},
    {"item", element_item},       {"set", element_set},
    {"totable", element_totable}, {NULL, NULL},
};

const luaL_Reg tensor_element_functions[] = {
    {"from", element_from},
    {"full", element_full},
    {"ones", element_ones},
    {NULL, NULL},
};
