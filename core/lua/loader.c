/* visage.core.loader: weight files for Lua. What people call is
 * lua/visage/loader.lua. */
#include "core/loader/loader.h"

#include "core/loader/npy.h"
#include "core/loader/parts.h"
#include "core/lua/bind.h"
#include "core/lua/network.h"

#define WEIGHTS_TYPE "core.weights"

int luaopen_visage_core_loader(lua_State *L);

static int weights_close(lua_State *L) {
  vsg_weights **box = luaL_checkudata(L, 1, WEIGHTS_TYPE);
  vsg_weights_free(*box);
  *box = NULL;
  return 0;
}

/* Moves the tensors out of w into Lua's boxes: t.tensors and t.order of the
 * table on top. */
static void push_tensors(lua_State *L, vsg_weights *w) {
  size_t bytes = 0;
  lua_createtable(L, 0, (int)w->count);
  lua_createtable(L, (int)w->count, 0);
  for (size_t i = 0; i < w->count; i++) {
    vsg_named *item = &w->items[i];
    vsg_tensor **box = tensor_box(L);
    *box = item->tensor;
    item->tensor = NULL;
    bytes += vsg_tensor_bytes(*box);
    lua_setfield(L, -3, item->name);
    lua_pushstring(L, item->name);
    lua_seti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -3, "order");
  lua_setfield(L, -2, "tensors");
  bind_gc_hint(L, bytes);
}

/* Ends a reading call whose weights box is on top. */
static int weights_done(lua_State *L, vsg_status status, vsg_weights *w,
                        const vsg_error *err) {
  if (status) return bind_fail(L, err);
  lua_createtable(L, 0, 5);
  lua_pushstring(L, w->format);
  lua_setfield(L, -2, "format");
  push_tensors(L, w);
  lua_createtable(L, 0, (int)w->note_count);
  for (size_t i = 0; i < w->note_count; i++) {
    lua_pushstring(L, w->notes[i].text);
    lua_setfield(L, -2, w->notes[i].key);
  }
  lua_setfield(L, -2, "meta");
  if (w->network) {
    network_push(L, w->network);
    lua_setfield(L, -2, "network");
  }
  return 1;
}

static vsg_weights **weights_box(lua_State *L) {
  /* The box's pointer has the type of what it holds. */
  return (vsg_weights **)bind_box(L, WEIGHTS_TYPE);
}

static int loader_read(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  vsg_error err;
  vsg_weights **box = weights_box(L);
  vsg_status status = vsg_loader_read(box, path, &err);
  return weights_done(L, status, *box, &err);
}

static int loader_read_bytes(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  const char *name = luaL_checkstring(L, 2);
  vsg_error err;
  vsg_weights **box = weights_box(L);
  vsg_status status = vsg_loader_read_memory(box, name, bytes, size, &err);
  return weights_done(L, status, *box, &err);
}

/* write_npy(path, tensor) -> true */
static int loader_write_npy(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  vsg_error err;
  if (vsg_npy_write(path, tensor_check(L, 2), &err)) return bind_fail(L, &err);
  lua_pushboolean(L, 1);
  return 1;
}

/* write_npz(path, names, tensors) -> true; the lists are of equal length. */
static int loader_write_npz(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t n = lua_rawlen(L, 2);
  /* Scratch that Lua frees, one of each for an empty list too. The strings and
   * tensors stay in the caller's tables. */
  const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
  const vsg_tensor **tensors =
      lua_newuserdatauv(L, (n + 1) * sizeof *tensors, 0);
  vsg_error err;
  for (size_t i = 0; i < n; i++) {
    lua_geti(L, 2, (lua_Integer)i + 1);
    names[i] = luaL_checkstring(L, -1);
    lua_geti(L, 3, (lua_Integer)i + 1);
    tensors[i] = tensor_check(L, -1);
    lua_pop(L, 2);
  }
  if (vsg_npz_write(path, n, names, tensors, &err)) return bind_fail(L, &err);
  lua_pushboolean(L, 1);
  return 1;
}

/* write_parts(path, {string or tensor, ...}) -> true */
static int loader_write_parts(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t n = lua_rawlen(L, 2);
  /* Scratch that Lua frees; what it points to stays in the caller's table. */
  vsg_part *parts = lua_newuserdatauv(L, (n + 1) * sizeof *parts, 0);
  vsg_error err;
  for (size_t i = 0; i < n; i++) {
    parts[i] = (vsg_part){NULL, 0, NULL};
    if (lua_geti(L, 2, (lua_Integer)i + 1) == LUA_TSTRING) {
      parts[i].data = lua_tolstring(L, -1, &parts[i].size);
    } else {
      parts[i].tensor = tensor_check(L, -1);
    }
    lua_pop(L, 1);
  }
  if (vsg_parts_write(path, n, parts, &err)) return bind_fail(L, &err);
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__gc", weights_close},
    {"__close", weights_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"read", loader_read},
    {"read_bytes", loader_read_bytes},
    {"write_npy", loader_write_npy},
    {"write_npz", loader_write_npz},
    {"write_parts", loader_write_parts},
    {NULL, NULL},
};

int luaopen_visage_core_loader(lua_State *L) {
  bind_type(L, WEIGHTS_TYPE, metamethods, NULL);
  luaL_newlib(L, functions);
  return 1;
}
