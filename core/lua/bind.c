/* What all bindings share; see bind.h. */
#include "core/lua/bind.h"

#include "core/lua/interrupt.h"

void **bind_box(lua_State *L, const char *type) {
  void **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, type);
  return box;
}

void *bind_check(lua_State *L, int index, const char *type) {
  void **box = luaL_checkudata(L, index, type);
  if (!*box) luaL_error(L, "%s is closed", type);
  return *box;
}

static const char *code_name(vsg_status code) {
  switch (code) {
#define VSG_STATUS(name, number, text) \
  case VSG_##name:                     \
    return #name;
#include "core/base/status.def"
#undef VSG_STATUS
  }
  return "UNKNOWN";
}

int bind_fail(lua_State *L, const vsg_error *err) {
  switch (err->code) {
    case VSG_IO:
    case VSG_FORMAT:
    case VSG_DEVICE:
    case VSG_UNSUPPORTED:
      lua_pushnil(L);
      lua_pushstring(L, err->text);
      lua_pushstring(L, code_name(err->code));
      return 3;
    case VSG_CANCELLED:
      return interrupt_raise(L);
    default:
      return luaL_error(L, "%s", err->text);
  }
}

void bind_type(lua_State *L, const char *type, const luaL_Reg *metamethods,
               const luaL_Reg *methods) {
  if (luaL_newmetatable(L, type)) {
    luaL_setfuncs(L, metamethods, 0);
    if (methods) {
      lua_newtable(L);
      luaL_setfuncs(L, methods, 0);
      lua_setfield(L, -2, "__index");
    }
  }
  lua_pop(L, 1);
}

void bind_gc_hint(lua_State *L, size_t bytes) {
  int kib = bytes >> 10 > 1 << 30 ? 1 << 30 : (int)(bytes >> 10);
  if (kib > 0) lua_gc(L, LUA_GCSTEP, kib);
}

/* visage.core.status: code name -> text. */
int luaopen_visage_core_status(lua_State *L);

int luaopen_visage_core_status(lua_State *L) {
  lua_newtable(L);
#define VSG_STATUS(name, number, text) \
  lua_pushstring(L, text);             \
  lua_setfield(L, -2, #name);
#include "core/base/status.def"
#undef VSG_STATUS
  return 1;
}
