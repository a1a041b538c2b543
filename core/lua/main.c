/* The visage program: a Lua state with the core's modules preloaded and lua/
 * on its path. What the command line means is lua/visage/main.lua's business.
 */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lua/interrupt.h"

#define VSG_MODULE(name) int luaopen_visage_core_##name(lua_State *L);
#include "core/lua/modules.def"
#undef VSG_MODULE

static const luaL_Reg modules[] = {
#define VSG_MODULE(name) {"visage.core." #name, luaopen_visage_core_##name},
#include "core/lua/modules.def"
#undef VSG_MODULE
    {NULL, NULL},
};

/* Where lua/ lies, seen from the program's folder: beside it in a checkout, two
 * up from build/NAME, and in share/visage once installed. */
static const char *const library_places[] = {"/lua", "/../../lua",
                                             "/../share/visage/lua", NULL};

/* The program's own file; false where the system does not tell. */
static int own_path(char path[PATH_MAX]) {
  ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (n < 0) return 0;
  path[n] = '\0';
  return 1;
}

/* How often OpenMP's threads look for more work before they sleep: for a tenth
 * of a millisecond. Left to itself libgomp spins for far longer and, on a
 * machine with other work, takes the cores from the threads that it waits for:
 * a network then runs 20 times slower. Without any spinning each layer of a
 * single image begins by waking threads: MobileFaceNet on two of them takes 3.0
 * ms, with it 1.1. */
static const char spin[] = "2000";

/* libgomp reads its settings before main, hence this second start. A user's own
 * settings stay (with one, the program runs in valgrind, which loses sight of a
 * program that starts again); ours are not for the programs that we start. */
static void let_threads_sleep(char **argv) {
  static const char ours[] = "VISAGE_SPIN";
  /* With threads bound to processors this one has one already, and a program
   * in its place would not get the others. */
  static const char *const theirs[] = {"OMP_WAIT_POLICY",   "GOMP_SPINCOUNT",
                                       "OMP_PROC_BIND",     "OMP_PLACES",
                                       "GOMP_CPU_AFFINITY", NULL};
  char path[PATH_MAX];
  if (getenv(ours)) {
    unsetenv(ours);
    unsetenv("GOMP_SPINCOUNT");
    return;
  }
  for (int i = 0; theirs[i]; i++) {
    if (getenv(theirs[i])) return;
  }
  if (own_path(path) && setenv("GOMP_SPINCOUNT", spin, 1) == 0 &&
      setenv(ours, "1", 1) == 0) {
    execv(path, argv);
  }
}

/* Fills root with the first place that holds visage/main.lua. */
static int find_library(char root[PATH_MAX]) {
  char here[PATH_MAX], probe[PATH_MAX * 2];
  if (!own_path(here)) return 0;
  *strrchr(here, '/') = '\0';
  for (int i = 0; library_places[i]; i++) {
    snprintf(probe, sizeof probe, "%s%s/visage/main.lua", here,
             library_places[i]);
    if (access(probe, R_OK) == 0) {
      snprintf(probe, sizeof probe, "%s%s", here, library_places[i]);
      return realpath(probe, root) != NULL;
    }
  }
  return 0;
}

/* Preloads the modules, puts lua/ first on package.path and calls
 * visage.main(arg), whose result is the exit status. */
static int protected_main(lua_State *L) {
  char root[PATH_MAX];
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);
  luaL_openlibs(L);
  interrupt_install(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, modules, 0);
  lua_pop(L, 1);
  if (!find_library(root)) {
    return luaL_error(L, "lua/visage/main.lua is not beside the program");
  }
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "path");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", root, root,
                  lua_tostring(L, -1));
  lua_setfield(L, -3, "path");
  lua_getglobal(L, "require");
  lua_pushstring(L, "visage.main");
  lua_call(L, 1, 1);
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_seti(L, -2, i);
  }
  lua_call(L, 1, 1);
  return 1;
}

int main(int argc, char **argv) {
  int status = EXIT_FAILURE;
  lua_State *L;
  let_threads_sleep(argv);
  L = luaL_newstate();
  if (!L) {
    fputs("visage: no memory for a Lua state\n", stderr);
    return EXIT_FAILURE;
  }
  lua_pushcfunction(L, protected_main);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  if (lua_pcall(L, 2, 1, 0) == LUA_OK) {
    status = (int)lua_tointeger(L, -1);
  } else {
    const char *text = lua_tostring(L, -1);
    fprintf(stderr, "visage: %s\n", text ? text : "error without a text");
  }
  lua_close(L);
  return status;
}
