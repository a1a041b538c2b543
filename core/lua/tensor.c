/* visage.core.tensor: tensors for Lua. Axes and indices start at 1 here and at
 * 0 in the core. lua/visage/tensor.lua holds what needs no C and documents all
 * of it; this file has the box, construction and properties, and registers the
 * parts that tensor.h lists. */
#include "core/lua/tensor.h"

#include <limits.h>
#include <math.h>

int luaopen_visage_core_tensor(lua_State *L);

vsg_tensor *tensor_check(lua_State *L, int index) {
  return bind_check(L, index, TENSOR_TYPE);
}

vsg_tensor **tensor_box(lua_State *L) {
  /* The box's pointer has the type of what it holds. */
  return (vsg_tensor **)bind_box(L, TENSOR_TYPE);
}

int tensor_view_done(lua_State *L, vsg_status status, const vsg_error *err) {
  return status ? bind_fail(L, err) : 1;
}

int tensor_done(lua_State *L, vsg_status status, const vsg_error *err) {
  if (status) return bind_fail(L, err);
  bind_gc_hint(L, vsg_tensor_bytes(tensor_check(L, -1)));
  return 1;
}

int axis_check(lua_State *L, int index) {
  lua_Integer axis = luaL_checkinteger(L, index);
  luaL_argcheck(L, axis > INT_MIN && axis <= INT_MAX, index, "not an axis");
  return (int)axis - 1;
}

int tensor_sizes(lua_State *L, int index, long least,
                 long sizes[VSG_MAX_DIMS]) {
  luaL_checktype(L, index, LUA_TTABLE);
  lua_Unsigned n = lua_rawlen(L, index);
  luaL_argcheck(L, n <= VSG_MAX_DIMS, index, "a shape has at most 8 axes");
  for (int i = 0; i < (int)n; i++) {
    int whole;
    lua_geti(L, index, i + 1);
    sizes[i] = (long)lua_tointegerx(L, -1, &whole);
    luaL_argcheck(L, whole && sizes[i] >= least, index,
                  least < 0 ? "a shape is a table of whole numbers or one -1"
                            : "a shape is a table of whole numbers, 0 or more");
    lua_pop(L, 1);
  }
  return (int)n;
}

int shape_check(lua_State *L, int index, long shape[VSG_MAX_DIMS]) {
  return tensor_sizes(L, index, 0, shape);
}

vsg_dtype dtype_check(lua_State *L, int index, vsg_dtype fallback) {
  static const char known[] = ""
#define VSG_DTYPE(name, bytes) " " #name
#include "core/tensor/dtype.def"
#undef VSG_DTYPE
      ;
  vsg_dtype dtype;
  const char *name = luaL_optstring(L, index, vsg_dtype_name(fallback));
  if (!vsg_dtype_from_name(&dtype, name)) {
    luaL_error(L, "tensor: no dtype is called '%s'; there are%s", name, known);
  }
  return dtype;
}

/* ---- construction ---- */

static int tensor_zeros(lua_State *L) {
  long shape[VSG_MAX_DIMS];
  vsg_error err;
  int dims = shape_check(L, 1, shape);
  vsg_dtype dtype = dtype_check(L, 2, VSG_f32);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_tensor_new(out, dtype, dims, shape, &err), &err);
}

/* arange(first, last, step, dtype): last is included, as in Lua's for. */
static int tensor_arange(lua_State *L) {
  vsg_error err;
  double first = luaL_checknumber(L, 1), last = luaL_checknumber(L, 2);
  double step = luaL_optnumber(L, 3, 1);
  vsg_dtype dtype = dtype_check(L, 4, VSG_f32);
  luaL_argcheck(L, step != 0 && isfinite(step), 3, "a step is not 0");
  double steps = floor((last - first) / step);
  luaL_argcheck(L, steps < 0x1p53, 2, "too many elements");
  long n = steps >= 0 ? (long)steps + 1 : 0;
  vsg_tensor **out = tensor_box(L);
  if (vsg_tensor_new(out, dtype, 1, &n, &err)) return bind_fail(L, &err);
  for (long i = 0; i < n; i++) {
    vsg_tensor_set_f64(*out, &i, first + (double)i * step);
  }
  return tensor_done(L, VSG_OK, &err);
}

static int tensor_is(lua_State *L) {
  lua_pushboolean(L, luaL_testudata(L, 1, TENSOR_TYPE) != NULL);
  return 1;
}

static int tensor_close(lua_State *L) {
  vsg_tensor **box = luaL_checkudata(L, 1, TENSOR_TYPE);
  vsg_tensor_free(*box);
  *box = NULL;
  return 0;
}

/* ---- properties ---- */

static int tensor_shape(lua_State *L) {
  vsg_tensor *t = tensor_check(L, 1);
  lua_createtable(L, t->dims, 0);
  for (int i = 0; i < t->dims; i++) {
    lua_pushinteger(L, t->shape[i]);
    lua_seti(L, -2, i + 1);
  }
  return 1;
}

static int tensor_size(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  int axis = axis_check(L, 2);
  if (vsg_axis_check("size", t, axis, &err)) return bind_fail(L, &err);
  lua_pushinteger(L, t->shape[axis]);
  return 1;
}

static int tensor_length(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1);
  if (vsg_axis_check("#", t, 0, &err)) return bind_fail(L, &err);
  lua_pushinteger(L, t->shape[0]);
  return 1;
}

static int tensor_dims(lua_State *L) {
  lua_pushinteger(L, tensor_check(L, 1)->dims);
  return 1;
}

static int tensor_dtype(lua_State *L) {
  lua_pushstring(L, vsg_dtype_name(tensor_check(L, 1)->dtype));
  return 1;
}

static int tensor_numel(lua_State *L) {
  lua_pushinteger(L, vsg_tensor_numel(tensor_check(L, 1)));
  return 1;
}

static int tensor_is_contiguous(lua_State *L) {
  lua_pushboolean(L, vsg_tensor_is_contiguous(tensor_check(L, 1)));
  return 1;
}

/* ---- registration ---- */

static const luaL_Reg methods[] = {
    {"close", tensor_close}, {"dims", tensor_dims},
    {"dtype", tensor_dtype}, {"is_contiguous", tensor_is_contiguous},
    {"numel", tensor_numel}, {"shape", tensor_shape},
    {"size", tensor_size},   {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__close", tensor_close},
    {"__gc", tensor_close},
    {"__len", tensor_length},
    {"__newindex", tensor_newindex},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"arange", tensor_arange},
    {"is", tensor_is},
    {"zeros", tensor_zeros},
    {NULL, NULL},
};

/* t[i], and t.method through the table of methods that it keeps. */
static int tensor_index(lua_State *L) {
  if (lua_type(L, 2) == LUA_TNUMBER) {
    return tensor_index_number(L, tensor_check(L, 1));
  }
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

/* The module is its functions, and in .methods and .metamethods the tables of
 * the type, to which lua/visage/tensor.lua adds. */
int luaopen_visage_core_tensor(lua_State *L) {
  luaL_newlib(L, functions);
  luaL_setfuncs(L, tensor_element_functions, 0);
  luaL_setfuncs(L, tensor_math_functions, 0);
  luaL_setfuncs(L, tensor_linalg_functions, 0);
  luaL_setfuncs(L, tensor_random_functions, 0);
  tensor_random_open(L);
  if (luaL_newmetatable(L, TENSOR_TYPE)) {
    luaL_setfuncs(L, metamethods, 0);
    luaL_setfuncs(L, tensor_math_metamethods, 0);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    luaL_setfuncs(L, tensor_view_methods, 0);
    luaL_setfuncs(L, tensor_element_methods, 0);
    luaL_setfuncs(L, tensor_math_methods, 0);
    luaL_setfuncs(L, tensor_reduce_methods, 0);
    luaL_setfuncs(L, tensor_linalg_methods, 0);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, tensor_index, 1);
    lua_setfield(L, -3, "__index");
    lua_setfield(L, -2, "methods");
  }
  lua_getfield(L, -1, "methods");
  lua_setfield(L, -3, "methods");
  lua_setfield(L, -2, "metamethods");
  return 1;
}
