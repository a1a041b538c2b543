/* visage.core.versions: library -> the version that runs here (or, where the
 * library cannot be asked, that it was built with). */
#include <cblas.h>
#include <histedit.h>
#include <openssl/crypto.h>
#include <png.h>
#include <sqlite3.h>
#include <stdio.h>
/* jpeglib.h needs size_t and FILE, and includes nothing for them. */
#include <jpeglib.h>
#include <zlib.h>

#include "core/lua/bind.h"

#ifdef VSG_ONEDNN
#include <dnnl.h>
#endif

#define TEXT(x) #x
#define TEXT_OF(macro) TEXT(macro)

int luaopen_visage_core_versions(lua_State *L);

static void set(lua_State *L, const char *name, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

#ifdef VSG_ONEDNN
static void set_onednn(lua_State *L) {
  const dnnl_version_t *version = dnnl_version();
  char text[64];
  snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor,
           version->patch);
  set(L, "onednn", text);
}
#else
static void set_onednn(lua_State *L) { (void)L; }
#endif

int luaopen_visage_core_versions(lua_State *L) {
  char text[64];
  lua_newtable(L);
  snprintf(text, sizeof text, "%d.%d", LIBEDIT_MAJOR, LIBEDIT_MINOR);
  set(L, "libedit", text);
  set(L, "libjpeg-turbo", TEXT_OF(LIBJPEG_TURBO_VERSION));
  set(L, "libpng", png_get_libpng_ver(NULL));
  set(L, "lua", LUA_RELEASE);
  set_onednn(L);
  set(L, "openblas", openblas_get_config());
  set(L, "openssl", OpenSSL_version(OPENSSL_VERSION));
  set(L, "sqlite", sqlite3_libversion());
  set(L, "zlib", zlibVersion());
  return 1;
}
