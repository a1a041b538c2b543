/* visage.core.image: images for Lua. Options, defaults and documentation are in
 * lua/visage/image.lua; here every argument is given. */
#include "core/image/image.h"

#include <string.h>

#include "core/image/draw.h"
#include "core/image/warp.h"
#include "core/lua/bind.h"

int luaopen_visage_core_image(lua_State *L);

#define BYTES_TYPE "core.image.bytes"

/* ---- arguments ---- */

/* The value on top, which goes, is a table of exactly count numbers. An error
 * names the argument that it came from. */
static void pop_numbers(lua_State *L, int argument, double *out, int count) {
  bool good = lua_istable(L, -1) && luaL_len(L, -1) == count;
  for (int i = 0; i < count && good; i++) {
    lua_geti(L, -1, i + 1);
    good = lua_isnumber(L, -1);
    out[i] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  luaL_argcheck(L, good, argument,
                lua_pushfstring(L, "%d numbers wanted", count));
  lua_pop(L, 1);
}

static void numbers_check(lua_State *L, int index, double *out, int count) {
  lua_pushvalue(L, index);
  pop_numbers(L, index, out, count);
}

static void colour_check(lua_State *L, int index, uint8_t out[3]) {
  double value[3];
  numbers_check(L, index, value, 3);
  for (int i = 0; i < 3; i++) {
    luaL_argcheck(L, value[i] >= 0 && value[i] <= 255, index,
                  "a colour is {red, green, blue}, each from 0 to 255");
    out[i] = (uint8_t)value[i];
  }
}

/* The numbers of a tensor (rows,columns), in new userdata on top. */
static double *tensor_rows(lua_State *L, int index, int columns, long *rows) {
  const vsg_tensor *t = tensor_check(L, index);
  char text[VSG_SHAPE_TEXT];
  luaL_argcheck(
      L, t->dims == 2 && t->shape[1] == columns, index,
      lua_pushfstring(L, "shape %s, wanted (N,%d)",
                      vsg_shape_text(text, t->dims, t->shape), columns));
  *rows = t->shape[0];
  size_t n = (size_t)*rows * (size_t)columns;
  double *out = lua_newuserdatauv(L, n * sizeof *out, 0);
  for (size_t i = 0; i < n; i++) {
    long at[] = {(long)i / columns, (long)i % columns};
    out[i] = vsg_tensor_get_f64(t, at);
  }
  return out;
}

/* The numbers of a tensor (N,columns) or of a table of N tables, in new
 * userdata on top. */
static double *rows_check(lua_State *L, int index, int columns, long *rows) {
  if (!lua_istable(L, index)) return tensor_rows(L, index, columns, rows);
  lua_Integer n = (lua_Integer)lua_rawlen(L, index);
  double *out =
      lua_newuserdatauv(L, (size_t)n * (size_t)columns * sizeof *out, 0);
  for (lua_Integer i = 0; i < n; i++) {
    lua_geti(L, index, i + 1);
    pop_numbers(L, index, out + i * columns, columns);
  }
  *rows = (long)n;
  return out;
}

static double *map_check(lua_State *L, int index) {
  long rows;
  double *map = rows_check(L, index, 3, &rows);
  luaL_argcheck(L, rows == 2, index, "a map is a 2x3 matrix");
  return map;
}

/* ---- files ---- */

/* From the arguments exif, most_pixels (nil: the usual limit), fast_dct. */
static vsg_decoding decoding_check(lua_State *L, int index) {
  vsg_decoding how = {
      .exif = lua_toboolean(L, index),
      .fast_dct = lua_toboolean(L, index + 2),
      .most_pixels = luaL_optinteger(L, index + 1, VSG_IMAGE_FILE_PIXELS),
  };
  luaL_argcheck(L,
                how.most_pixels >= 1 && how.most_pixels <= VSG_IMAGE_MAX_PIXELS,
                index + 1, "most_pixels is a whole number from 1 to 2^28");
  return how;
}

static int image_decode(lua_State *L) {
  size_t size;
  /* Bytes are bytes, whatever the sign of char. */
  const unsigned char *data =
      (const unsigned char *)luaL_checklstring(L, 1, &size);
  const char *name = luaL_checkstring(L, 2);
  vsg_decoding how = decoding_check(L, 3);
  vsg_error err;
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_image_decode(out, data, size, name, how, &err),
                     &err);
}

static int image_load(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  vsg_decoding how = decoding_check(L, 2);
  vsg_error err;
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_image_load(out, path, how, &err), &err);
}

static int bytes_close(lua_State *L) {
  vsg_bytes_free(luaL_checkudata(L, 1, BYTES_TYPE));
  return 0;
}

static int image_encode(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  const char *format = luaL_checkstring(L, 2);
  int quality = (int)luaL_checkinteger(L, 3);
  vsg_error err;
  /* In a box, for making a Lua string of them may raise. */
  vsg_bytes *bytes = lua_newuserdatauv(L, sizeof *bytes, 0);
  *bytes = (vsg_bytes){0};
  luaL_setmetatable(L, BYTES_TYPE);
  if (vsg_image_encode(bytes, image, format, quality, &err)) {
    return bind_fail(L, &err);
  }
  /* Bytes are bytes, whatever the sign of char. */
  lua_pushlstring(L, (const char *)bytes->data, bytes->size);
  vsg_bytes_free(bytes);
  return 1;
}

static int image_save(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  const char *path = luaL_checkstring(L, 2);
  int quality = (int)luaL_checkinteger(L, 3);
  vsg_error err;
  if (vsg_image_save(image, path, quality, &err)) return bind_fail(L, &err);
  lua_pushboolean(L, 1);
  return 1;
}

/* ---- pixels ---- */

static int image_crop(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  long x = (long)luaL_checkinteger(L, 2), y = (long)luaL_checkinteger(L, 3);
  long w = (long)luaL_checkinteger(L, 4), h = (long)luaL_checkinteger(L, 5);
  vsg_error err;
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_image_crop(out, image, x, y, w, h, &err), &err);
}

static int image_flip(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  vsg_error err;
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_image_flip(out, image, &err), &err);
}

static int image_resize(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  long w = (long)luaL_checkinteger(L, 2), h = (long)luaL_checkinteger(L, 3);
  const char *filter = luaL_checkstring(L, 4);
  vsg_error err;
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_image_resize(out, image, w, h, filter, &err), &err);
}

static int image_crop_resize(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  long w = (long)luaL_checkinteger(L, 3), h = (long)luaL_checkinteger(L, 4);
  double box[4];
  vsg_error err;
  numbers_check(L, 2, box, 4);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_image_crop_resize(out, image, box, w, h, &err),
                     &err);
}

/* bgr, mean, scale, divide, from index on. */
static vsg_pixel_map pixel_map_check(lua_State *L, int index) {
  vsg_pixel_map map = {
      lua_toboolean(L, index), lua_toboolean(L, index + 3), {0}, {0}};
  double mean[3], scale[3];
  numbers_check(L, index + 1, mean, 3);
  numbers_check(L, index + 2, scale, 3);
  for (int c = 0; c < 3; c++) {
    map.mean[c] = (float)mean[c];
    map.scale[c] = (float)scale[c];
  }
  return map;
}

/* to_tensor(image, bgr, mean, scale, divide) */
static int image_to_tensor(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  vsg_pixel_map map = pixel_map_check(L, 2);
  vsg_error err;
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, vsg_image_to_tensor(out, image, &map, &err), &err);
}

/* The table of {image, four numbers} at index, in new userdata on top; the
 * table keeps the images. */
static vsg_patch *patch_check(lua_State *L, int index, long *n) {
  luaL_checktype(L, index, LUA_TTABLE);
  *n = (long)lua_rawlen(L, index);
  vsg_patch *out = lua_newuserdatauv(L, (size_t)*n * sizeof *out, 0);
  for (long i = 0; i < *n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, index, i + 1) == LUA_TTABLE, index,
                  "patches are tables of an image and four numbers");
    lua_rawgeti(L, -1, 1);
    out[i].image = tensor_check(L, -1);
    for (int k = 0; k < 4; k++) {
      lua_rawgeti(L, -2, k + 2);
      luaL_argcheck(L, lua_isnumber(L, -1), index,
                    "patches are tables of an image and four numbers");
      out[i].box[k] = lua_tonumber(L, -1);
      lua_pop(L, 1);
    }
    lua_pop(L, 2);
  }
  return out;
}

/* patches(out, list, filter, floats, threads, bgr, mean, scale, divide): out */
static int image_patches(lua_State *L) {
  const vsg_tensor *out = tensor_check(L, 1);
  const char *filter = luaL_checkstring(L, 3);
  vsg_patching how = {.filter = filter,
                      .fractions = strcmp(filter, "crop_resize") == 0,
                      .floats = lua_toboolean(L, 4),
                      .threads = (int)luaL_checkinteger(L, 5),
                      .map = pixel_map_check(L, 6)};
  long n;
  vsg_error err;
  const vsg_patch *patch = patch_check(L, 2, &n);
  if (vsg_image_patches(out, patch, n, &how, &err)) return bind_fail(L, &err);
  lua_settop(L, 1);
  return 1;
}

static int image_sharpness(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  double value;
  vsg_error err;
  if (vsg_image_sharpness(&value, image, &err)) return bind_fail(L, &err);
  lua_pushnumber(L, value);
  return 1;
}

/* ---- geometry ---- */

static int image_warp(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  double *map = map_check(L, 2);
  long w = (long)luaL_checkinteger(L, 3), h = (long)luaL_checkinteger(L, 4);
  const char *filter = luaL_checkstring(L, 5);
  uint8_t border[3];
  vsg_error err;
  colour_check(L, 6, border);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(
      L, vsg_image_warp(out, image, map, w, h, filter, border, &err), &err);
}

typedef vsg_status estimator(double out[VSG_MAP_SIZE], const double *from,
                             const double *to, long n, vsg_error *err);

/* The (2,3) f64 tensor that estimate finds for points 1 and 2. */
static int estimate(lua_State *L, estimator *find) {
  const long shape[] = {2, 3};
  long n, to_n;
  double map[VSG_MAP_SIZE];
  vsg_error err;
  lua_settop(L, 2);
  const double *from = rows_check(L, 1, 2, &n),
               *to = rows_check(L, 2, 2, &to_n);
  luaL_argcheck(L, n == to_n, 2, "as many points as in the first wanted");
  vsg_tensor **out = tensor_box(L);
  if (find(map, from, to, n, &err)) return bind_fail(L, &err);
  vsg_status status = vsg_tensor_new(out, VSG_f64, 2, shape, &err);
  if (!status) memcpy(vsg_tensor_data(*out), map, sizeof map);
  return tensor_done(L, status, &err);
}

static int image_similarity(lua_State *L) {
  return estimate(L, vsg_similarity);
}

static int image_affine(lua_State *L) { return estimate(L, vsg_affine); }

/* ---- drawing: returns the image ---- */

static int drawn(lua_State *L, vsg_status status, const vsg_error *err) {
  if (status) return bind_fail(L, err);
  lua_settop(L, 1);
  return 1;
}

/* draw_box(image, box, width, colour) */
static int image_draw_box(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  long width = (long)luaL_checkinteger(L, 3);
  double box[4];
  uint8_t colour[3];
  vsg_error err;
  numbers_check(L, 2, box, 4);
  colour_check(L, 4, colour);
  return drawn(L, vsg_draw_box(image, box, width, colour, &err), &err);
}

/* draw_point(image, x, y, radius, colour) */
static int image_draw_point(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  double x = luaL_checknumber(L, 2), y = luaL_checknumber(L, 3);
  double radius = luaL_checknumber(L, 4);
  uint8_t colour[3];
  vsg_error err;
  colour_check(L, 5, colour);
  return drawn(L, vsg_draw_point(image, x, y, radius, colour, &err), &err);
}

/* draw_text(image, x, y, text, font, size, colour, background or false) */
static int image_draw_text(lua_State *L) {
  const vsg_tensor *image = tensor_check(L, 1);
  double x = luaL_checknumber(L, 2), y = luaL_checknumber(L, 3);
  size_t length;
  const char *text = luaL_checklstring(L, 4, &length);
  vsg_text_style style = {
      luaL_checkstring(L, 5), luaL_checknumber(L, 6), {0}, NULL};
  uint8_t background[3];
  vsg_error err;
  colour_check(L, 7, style.colour);
  if (lua_toboolean(L, 8)) {
    colour_check(L, 8, background);
    style.background = background;
  }
  return drawn(L, vsg_draw_text(image, x, y, text, length, &style, &err), &err);
}

static const luaL_Reg bytes_metamethods[] = {
    {"__gc", bytes_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"affine", image_affine},
    {"crop", image_crop},
    {"decode", image_decode},
    {"draw_box", image_draw_box},
    {"draw_point", image_draw_point},
    {"draw_text", image_draw_text},
    {"encode", image_encode},
    {"flip", image_flip},
    {"load", image_load},
    {"patches", image_patches},
    {"resize", image_resize},
    {"crop_resize", image_crop_resize},
    {"save", image_save},
    {"sharpness", image_sharpness},
    {"similarity", image_similarity},
    {"to_tensor", image_to_tensor},
    {"warp", image_warp},
    {NULL, NULL},
};

int luaopen_visage_core_image(lua_State *L) {
  bind_type(L, BYTES_TYPE, bytes_metamethods, NULL);
  luaL_newlib(L, functions);
  return 1;
}
