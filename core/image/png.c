/* PNG by libpng: alpha and transparent colours are dropped, palettes looked up,
 * and 16 bits keep the high byte. All as Pillow's convert("RGB") but one:
 * Pillow clips 16-bit grey at 255, which turns most of such a picture white.
 *
 * As in jpeg.c, the library's longjmp stays in this file. */
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/image/codec.h"

typedef struct context {
  jmp_buf jump;
  char text[256];
  vsg_reader *reader; /* decoding */
  vsg_bytes bytes;    /* encoding: what is written so far, ... */
  size_t capacity;    /* ... of this many */
} context;

static void on_error(png_structp png, png_const_charp text) {
  context *x = png_get_error_ptr(png);
  snprintf(x->text, sizeof x->text, "%s", text);
  longjmp(x->jump, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

/* ---- decoding ---- */

static void on_read(png_structp png, png_bytep out, size_t size) {
  context *x = png_get_io_ptr(png);
  const unsigned char *data;
  vsg_error err;
  if (vsg_read_bytes(&data, x->reader, size, &err)) {
    png_error(png, "the file ends too early");
  }
  memcpy(out, data, size);
}

/* Asks libpng for rows of 8-bit RGB. */
static void set_transforms(png_structp png, png_infop info) {
  int colour = png_get_color_type(png, info);
  int depth = png_get_bit_depth(png, info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (colour == PNG_COLOR_TYPE_GRAY && depth < 8) {
    png_set_expand_gray_1_2_4_to_8(png);
  }
  png_set_strip_alpha(png);
  if (!(colour & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  if (depth == 16) png_set_strip_16(png);
}

/* The part in which libpng may jump; what it made is freed by the caller. */
static vsg_status decode(vsg_tensor **out, const vsg_picture *p,
                         png_structp png, png_infop info, context *x,
                         vsg_error *err) {
  if (setjmp(x->jump)) return vsg_read_fail(x->reader, err, "%s", x->text);
  png_read_info(png, info);
  size_t width = png_get_image_width(png, info);
  size_t height = png_get_image_height(png, info);
  if (vsg_codec_new(out, p, x->reader, width, height, err)) return err->code;
  set_transforms(png, info);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != width * 3) {
    png_error(png, "rows are not 8-bit RGB");
  }
  png_bytep pixels = vsg_tensor_data(*out);
  for (int pass = 0; pass < passes; pass++) {
    for (size_t y = 0; y < height; y++) {
      png_read_row(png, pixels + y * width * 3, NULL);
    }
  }
  png_read_end(png, NULL);
  return VSG_OK;
}

vsg_status vsg_png_decode(vsg_tensor **out, vsg_picture *p, vsg_reader *r,
                          vsg_error *err) {
  context x = {.reader = r};
  png_infop info = NULL;
  vsg_status status;
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &x, on_error, on_warning);
  if (png) info = png_create_info_struct(png);
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return vsg_fail_memory(err, r->name, sizeof x);
  }
  png_set_read_fn(png, &x, on_read);
  status = decode(out, p, png, info, &x, err);
  png_destroy_read_struct(&png, &info, NULL);
  if (status) {
    vsg_tensor_free(*out);
    *out = NULL;
  }
  return status;
}

/* ---- encoding ---- */

static void on_write(png_structp png, png_bytep data, size_t size) {
  context *x = png_get_io_ptr(png);
  size_t needed;
  if (!vsg_size_add(&needed, x->bytes.size, size)) {
    png_error(png, "too large");
  }
  if (needed > x->capacity) {
    size_t capacity = needed + needed / 2;
    unsigned char *grown = realloc(x->bytes.data, capacity);
    if (!grown) png_error(png, "no memory for the encoded bytes");
    x->bytes.data = grown;
    x->capacity = capacity;
  }
  memcpy(x->bytes.data + x->bytes.size, data, size);
  x->bytes.size = needed;
}

static void on_flush(png_structp png) { (void)png; }

static vsg_status encode(png_structp png, png_infop info, context *x,
                         const uint8_t *pixels, long width, long height,
                         vsg_error *err) {
  if (setjmp(x->jump)) return vsg_fail(err, VSG_ARGUMENT, "png: %s", x->text);
  png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8,
               PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (long y = 0; y < height; y++) png_write_row(png, pixels + y * width * 3);
  png_write_end(png, NULL);
  return VSG_OK;
}

vsg_status vsg_png_encode(vsg_bytes *out, const uint8_t *pixels, long width,
                          long height, int quality, vsg_error *err) {
  context x = {0};
  png_infop info = NULL;
  vsg_status status;
  (void)quality; /* PNG loses nothing */
  *out = (vsg_bytes){0};
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &x, on_error, on_warning);
  if (png) info = png_create_info_struct(png);
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    return vsg_fail_memory(err, "png", sizeof x);
  }
  png_set_write_fn(png, &x, on_write, on_flush);
  status = encode(png, info, &x, pixels, width, height, err);
  png_destroy_write_struct(&png, &info);
  if (status) {
    free(x.bytes.data);
    return status;
  }
  *out = x.bytes;
  return VSG_OK;
}
