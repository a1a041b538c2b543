/* Pixels to a network's numbers, in one pass. */
#include "core/base/processor.h"
#include "core/image/codec.h"

/* Wherever the parameters come from, (x - mean) is one f32 operation and the
 * scaling another, as in the Python code that is reproduced. */
static inline float map_value(float value, float mean, float scale,
                              bool divide) {
  return divide ? (value - mean) / scale : (value - mean) * scale;
}

/* in (H*W,3), out (3,H*W). */
static void map_u8(float *out, const uint8_t *in, long pixels,
                   const vsg_pixel_map *map) {
  for (int c = 0; c < 3; c++) {
    const uint8_t *from = in + (map->bgr ? 2 - c : c);
    float table[256];
    for (int v = 0; v < 256; v++) {
      table[v] = map_value((float)v, map->mean[c], map->scale[c], map->divide);
    }
    for (long i = 0; i < pixels; i++) *out++ = table[from[i * 3]];
  }
}

VSG_EVERY_PROCESSOR static void map_f32(float *out, const float *in,
                                        long pixels, const vsg_pixel_map *map) {
  for (int c = 0; c < 3; c++) {
    const float *from = in + (map->bgr ? 2 - c : c);
    float mean = map->mean[c], scale = map->scale[c];
    bool divide = map->divide;
    for (long i = 0; i < pixels; i++) {
      out[i] = map_value(from[i * 3], mean, scale, divide);
    }
    out += pixels;
  }
}

vsg_status vsg_image_to_tensor(vsg_tensor **out, const vsg_tensor *image,
                               const vsg_pixel_map *map, vsg_error *err) {
  vsg_dtype dtype = image->dtype == VSG_f32 ? VSG_f32 : VSG_u8;
  vsg_tensor *in;
  *out = NULL;
  if (vsg_image_input(&in, image, dtype, "to_tensor", err)) return err->code;
  long shape[] = {3, in->shape[0], in->shape[1]};
  if (!vsg_tensor_new(out, VSG_f32, 3, shape, err)) {
    long pixels = in->shape[0] * in->shape[1];
    float *to = vsg_tensor_data(*out);
    if (dtype == VSG_f32) {
      map_f32(to, vsg_tensor_data(in), pixels, map);
    } else {
      map_u8(to, vsg_tensor_data(in), pixels, map);
    }
  }
  vsg_tensor_free(in);
  return *out ? VSG_OK : err->code;
}
