/* visage.core.scores: the loops of core/tensor/scores.h for
 * lua/visage/metrics, which documents what is made of them. */
#include "core/tensor/scores.h"

#include "core/lua/bind.h"

int luaopen_visage_core_scores(lua_State *L);

/* sort(scores): ascending without NaN, and the number of NaN */
static int scores_sort(lua_State *L) {
  vsg_error err;
  long failures;
  vsg_tensor *t = tensor_check(L, 1);
  vsg_tensor **out = tensor_box(L);
  vsg_status status = vsg_scores_sort(out, &failures, t, &err);
  int results = tensor_done(L, status, &err);
  if (status) return results;
  lua_pushinteger(L, failures);
  return 2;
}

/* curve(genuine, impostor, "all" | "corners" | "hull"): thresholds, impostors
 * and genuine at or above them */
static int scores_curve(lua_State *L) {
  static const char *const kinds[] = {"all", "corners", "hull", NULL};
  vsg_error err;
  vsg_tensor *out[3];
  vsg_tensor *genuine = tensor_check(L, 1), *impostor = tensor_check(L, 2);
  vsg_curve kind = (vsg_curve)luaL_checkoption(L, 3, "all", kinds);
  vsg_tensor **box[3] = {tensor_box(L), tensor_box(L), tensor_box(L)};
  if (vsg_scores_curve(out, genuine, impostor, kind, &err)) {
    return bind_fail(L, &err);
  }
  for (int i = 0; i < 3; i++) *box[i] = out[i];
  bind_gc_hint(L, 3 * vsg_tensor_bytes(out[0]));
  return 3;
}

/* split(scores, mask): genuine, impostor */
static int scores_split(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1), *mask = tensor_check(L, 2);
  vsg_tensor **genuine = tensor_box(L), **impostor = tensor_box(L);
  if (vsg_scores_split(genuine, impostor, t, mask, &err)) {
    return bind_fail(L, &err);
  }
  bind_gc_hint(L, vsg_tensor_bytes(*genuine) + vsg_tensor_bytes(*impostor));
  return 2;
}

/* bin(counts, edges, scores): adds to counts, gives the number of NaN */
static int scores_bin(lua_State *L) {
  vsg_error err;
  long failures;
  vsg_tensor *counts = tensor_check(L, 1), *edges = tensor_check(L, 2);
  vsg_tensor *t = tensor_check(L, 3);
  if (vsg_scores_bin(counts, &failures, edges, t, &err)) {
    return bind_fail(L, &err);
  }
  lua_pushinteger(L, failures);
  return 1;
}

/* multiply(scores, first, second, times); repeat is a word of Lua */
static int scores_multiply(lua_State *L) {
  vsg_error err;
  vsg_tensor *t = tensor_check(L, 1), *first = tensor_check(L, 2);
  vsg_tensor *second = tensor_check(L, 3), *times = tensor_check(L, 4);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_scores_repeat(out, t, first, second, times, &err),
                     &err);
}

/* dots(rows, first, second); pairs is a word of Lua */
static int scores_dots(lua_State *L) {
  vsg_error err;
  vsg_tensor *rows = tensor_check(L, 1), *first = tensor_check(L, 2);
  vsg_tensor *second = tensor_check(L, 3);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_scores_pairs(out, rows, first, second, &err), &err);
}

static const luaL_Reg functions[] = {
    {"bin", scores_bin},   {"curve", scores_curve},
    {"dots", scores_dots}, {"multiply", scores_multiply},
    {"sort", scores_sort}, {"split", scores_split},
    {NULL, NULL},
};

int luaopen_visage_core_scores(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
