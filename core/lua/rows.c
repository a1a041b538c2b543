/* visage.core.rows: the rows of an .npy, read by and by. What people call is
 * lua/visage/loader.lua. */
#include "core/loader/npy.h"
#include "core/lua/bind.h"

#define ROWS_TYPE "core.rows"

int luaopen_visage_core_rows(lua_State *L);

/* open(path) */
static int rows_open(lua_State *L) {
  vsg_error err;
  const char *path = luaL_checkstring(L, 1);
  /* The box's pointer has the type of what it holds. */
  vsg_npy_rows **box = (vsg_npy_rows **)bind_box(L, ROWS_TYPE);
  return vsg_npy_rows_open(box, path, &err) ? bind_fail(L, &err) : 1;
}

/* rows:shape(): a list */
static int rows_shape(lua_State *L) {
  const vsg_npy_rows *r = bind_check(L, 1, ROWS_TYPE);
  lua_createtable(L, r->header.dims, 0);
  for (int i = 0; i < r->header.dims; i++) {
    lua_pushinteger(L, r->header.shape[i]);
    lua_seti(L, -2, i + 1);
  }
  return 1;
}

/* rows:dtype() */
static int rows_dtype(lua_State *L) {
  const vsg_npy_rows *r = bind_check(L, 1, ROWS_TYPE);
  lua_pushstring(L, vsg_dtype_name(r->type->dtype));
  return 1;
}

/* rows:read(first, count) */
static int rows_read(lua_State *L) {
  vsg_error err;
  const vsg_npy_rows *r = bind_check(L, 1, ROWS_TYPE);
  lua_Integer first = luaL_checkinteger(L, 2), count = luaL_checkinteger(L, 3);
  luaL_argcheck(L, first >= 1, 2, "rows count from 1");
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_npy_rows_read(out, r, first - 1, count, &err),
                     &err);
}

/* #rows */
static int rows_len(lua_State *L) {
  const vsg_npy_rows *r = bind_check(L, 1, ROWS_TYPE);
  lua_pushinteger(L, r->header.shape[0]);
  return 1;
}

/* rows:close() */
static int rows_close(lua_State *L) {
  vsg_npy_rows **box = luaL_checkudata(L, 1, ROWS_TYPE);
  vsg_npy_rows_close(*box);
  *box = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
    {"close", rows_close}, {"dtype", rows_dtype}, {"read", rows_read},
    {"shape", rows_shape}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__close", rows_close},
    {"__gc", rows_close},
    {"__len", rows_len},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", rows_open},
    {NULL, NULL},
};

/* The module has the methods too, for those that are Lua's. */
int luaopen_visage_core_rows(lua_State *L) {
  bind_type(L, ROWS_TYPE, metamethods, methods);
  luaL_newlib(L, functions);
  luaL_getmetatable(L, ROWS_TYPE);
  lua_getfield(L, -1, "__index");
  lua_setfield(L, -3, "methods");
  lua_pop(L, 1);
  return 1;
}
