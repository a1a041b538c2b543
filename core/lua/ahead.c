/* visage.core.ahead: photos decoded ahead of their use, for
 * lua/visage/face/ahead.lua. */
#include "core/image/ahead.h"

#include "core/lua/bind.h"

#define AHEAD_TYPE "core.ahead"

int luaopen_visage_core_ahead(lua_State *L);

enum { THREADS_MOST = 1024 };

/* open(threads) */
static int ahead_open(lua_State *L) {
  lua_Integer threads = luaL_checkinteger(L, 1);
  vsg_error err;
  luaL_argcheck(L, threads >= 1 && threads <= THREADS_MOST, 1,
                "a number of threads from 1 to 1024");
  vsg_ahead **box = (vsg_ahead **)bind_box(L, AHEAD_TYPE);
  if (vsg_ahead_new(box, (int)threads, &err)) return bind_fail(L, &err);
  return 1;
}

/* put(path, exif, hash) */
static int ahead_put(lua_State *L) {
  vsg_ahead *ahead = bind_check(L, 1, AHEAD_TYPE);
  const char *path = luaL_checkstring(L, 2);
  vsg_decoding how = {.exif = lua_toboolean(L, 3),
                      .most_pixels = VSG_IMAGE_FILE_PIXELS};
  vsg_error err;
  if (vsg_ahead_put(ahead, path, how, lua_toboolean(L, 4), &err)) {
    return bind_fail(L, &err);
  }
  return 0;
}

/* take() -> image; or nil, text, code */
static int ahead_take(lua_State *L) {
  vsg_ahead *ahead = bind_check(L, 1, AHEAD_TYPE);
  vsg_error err;
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_ahead_take(out, ahead, &err), &err);
}

/* file() -> sha256 and bytes of the file of the photo taken last, or nil */
static int ahead_file(lua_State *L) {
  vsg_ahead *ahead = bind_check(L, 1, AHEAD_TYPE);
  char sha256[VSG_SHA256_TEXT];
  size_t bytes;
  if (!vsg_ahead_file(sha256, &bytes, ahead)) return 0;
  lua_pushstring(L, sha256);
  lua_pushinteger(L, (lua_Integer)bytes);
  return 2;
}

static int ahead_seconds(lua_State *L) {
  lua_pushnumber(L, vsg_ahead_seconds(bind_check(L, 1, AHEAD_TYPE)));
  return 1;
}

static int ahead_close(lua_State *L) {
  vsg_ahead **box = luaL_checkudata(L, 1, AHEAD_TYPE);
  vsg_ahead_free(*box);
  *box = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
    {"close", ahead_close}, {"file", ahead_file},
    {"put", ahead_put},     {"seconds", ahead_seconds},
    {"take", ahead_take},   {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", ahead_close},
    {"__close", ahead_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", ahead_open},
    {NULL, NULL},
};

int luaopen_visage_core_ahead(lua_State *L) {
  bind_type(L, AHEAD_TYPE, metamethods, methods);
  luaL_newlib(L, functions);
  return 1;
}
