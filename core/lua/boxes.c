/* visage.core.boxes: the loops of core/face/boxes.h for lua/visage/face. */
#include "core/face/boxes.h"

#include "core/lua/bind.h"

int luaopen_visage_core_boxes(lua_State *L);

/* The table of n places, counted from 1 instead of 0. */
static int push_places(lua_State *L, const long *place, long n) {
  lua_createtable(L, (int)n, 0);
  for (long i = 0; i < n; i++) {
    lua_pushinteger(L, place[i] + 1);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* The boxes' numbers, in new userdata on top. */
static double *boxes_check(lua_State *L, int index, long *n) {
  luaL_checktype(L, index, LUA_TTABLE);
  *n = (long)lua_rawlen(L, index);
  size_t each = VSG_BOX_NUMBERS * sizeof(double);
  double *out = lua_newuserdatauv(L, (size_t)*n * each, 0), *to = out;
  for (long i = 1; i <= *n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, index, i) == LUA_TTABLE, index,
                  "boxes are tables of five numbers");
    for (int k = 1; k <= VSG_BOX_NUMBERS; k++, to++) {
      lua_rawgeti(L, -1, k);
      luaL_argcheck(L, lua_isnumber(L, -1), index,
                    "boxes are tables of five numbers");
      *to = lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  return out;
}

/* suppress(boxes, threshold, plus, least, last, matrix): places that stay */
static int boxes_suppress(lua_State *L) {
  vsg_suppression how = {.threshold = luaL_checknumber(L, 2),
                         .plus = luaL_checknumber(L, 3),
                         .least = lua_toboolean(L, 4),
                         .last = lua_toboolean(L, 5),
                         .matrix = lua_toboolean(L, 6)};
  long n, count;
  vsg_error err;
  double *boxes = boxes_check(L, 1, &n);
  long *kept = lua_newuserdatauv(L, (size_t)n * sizeof *kept, 0);
  if (vsg_boxes_suppress(kept, &count, boxes, n, &how, &err)) {
    return bind_fail(L, &err);
  }
  return push_places(L, kept, count);
}

/* above(tensor, threshold, at): places of the numbers, as they lie */
static int boxes_above(lua_State *L) {
  const vsg_tensor *t = tensor_check(L, 1);
  double threshold = luaL_checknumber(L, 2);
  bool at = lua_toboolean(L, 3);
  luaL_argcheck(L, t->dtype == VSG_f32 && vsg_tensor_is_contiguous(t), 1,
                "contiguous f32 wanted");
  const float *numbers = vsg_tensor_data(t);
  long n = vsg_tensor_numel(t);
  long count = vsg_boxes_above(NULL, numbers, n, threshold, at);
  long *place = lua_newuserdatauv(L, (size_t)count * sizeof *place, 0);
  vsg_boxes_above(place, numbers, n, threshold, at);
  return push_places(L, place, count);
}

/* f32(number): the nearest f32 */
static int boxes_f32(lua_State *L) {
  lua_pushnumber(L, (double)(float)luaL_checknumber(L, 1));
  return 1;
}

static const luaL_Reg functions[] = {{"above", boxes_above},
                                     {"f32", boxes_f32},
                                     {"suppress", boxes_suppress},
                                     {NULL, NULL}};

int luaopen_visage_core_boxes(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
