/* visage.core.search: search in a gallery for lua/visage/metrics/search.lua;
 * core/tensor/search.h says what each does. */
#include "core/tensor/search.h"

#include "core/lua/tensor.h"

#define SEARCH_TYPE "core.search"

int luaopen_visage_core_search(lua_State *L);

/* new(probes, k, "cosine" | "euclidean", threads or 0) */
static int search_new(lua_State *L) {
  static const char *const scores[] = {"cosine", "euclidean", NULL};
  vsg_error err;
  vsg_tensor *probes = tensor_check(L, 1);
  long k = (long)luaL_checkinteger(L, 2);
  vsg_search_score score =
      (vsg_search_score)luaL_checkoption(L, 3, NULL, scores);
  long threads = (long)luaL_checkinteger(L, 4);
  /* The box's pointer has the type of what it holds. */
  vsg_search **box = (vsg_search **)bind_box(L, SEARCH_TYPE);
  if (vsg_search_new(box, probes, k, score, threads, &err)) {
    return bind_fail(L, &err);
  }
  bind_gc_hint(L, 2 * vsg_tensor_bytes(probes));
  return 1;
}

/* search:add(rows) */
static int search_add(lua_State *L) {
  vsg_error err;
  vsg_search *s = bind_check(L, 1, SEARCH_TYPE);
  if (vsg_search_add(s, tensor_check(L, 2), &err)) return bind_fail(L, &err);
  return 0;
}

/* search:best(): scores, places; 0 where there is none */
static int search_best(lua_State *L) {
  vsg_error err;
  vsg_search *s = bind_check(L, 1, SEARCH_TYPE);
  vsg_tensor **scores = tensor_box(L), **places = tensor_box(L);
  if (vsg_search_best(scores, places, s, &err)) return bind_fail(L, &err);
  tensor_count_from_1(*places);
  bind_gc_hint(L, 2 * vsg_tensor_bytes(*scores));
  return 2;
}

static int search_close(lua_State *L) {
  vsg_search **box = luaL_checkudata(L, 1, SEARCH_TYPE);
  vsg_search_free(*box);
  *box = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
    {"add", search_add},
    {"best", search_best},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", search_close},
    {"__close", search_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", search_new},
    {NULL, NULL},
};

int luaopen_visage_core_search(lua_State *L) {
  bind_type(L, SEARCH_TYPE, metamethods, methods);
  luaL_newlib(L, functions);
  return 1;
}
