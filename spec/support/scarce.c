/* An allocator that fails on demand, for specs: preloaded into a child and
 * loaded there as a Lua module. Between arm(n) and disarm() the (n + 1)-th call
 * of malloc or calloc fails, and blocks are followed; live() tells how many of
 * them are not freed. Lua itself allocates by realloc, which is left alone. */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void __libc_free(void *block);
int luaopen_scarce(lua_State *L);

enum { MOST = 4096 };

static bool armed;
static long left; /* calls that still succeed */
static void *live[MOST];
static int lives;

static bool refuse(void) { return armed && left-- == 0; }

static void *follow(void *block) {
  if (armed && block && lives < MOST) live[lives++] = block;
  return block;
}

void *malloc(size_t size) {
  return refuse() ? NULL : follow(__libc_malloc(size));
}

void *calloc(size_t n, size_t size) {
  return refuse() ? NULL : follow(__libc_calloc(n, size));
}

void free(void *block) {
  for (int i = lives - 1; block && i >= 0; i--) {
    if (live[i] == block) {
      live[i] = live[--lives];
      break;
    }
  }
  __libc_free(block);
}

static int scarce_arm(lua_State *L) {
  left = (long)luaL_checkinteger(L, 1);
  lives = 0;
  armed = true;
  return 0;
}

static int scarce_disarm(lua_State *L) {
  (void)L;
  armed = false;
  return 0;
}

static int scarce_live(lua_State *L) {
  lua_pushinteger(L, lives);
  return 1;
}

int luaopen_scarce(lua_State *L) {
  static const luaL_Reg functions[] = {{"arm", scarce_arm},
                                       {"disarm", scarce_disarm},
                                       {"live", scarce_live},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
