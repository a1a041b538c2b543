/* Rows of pixels, and a row of results as a network's numbers; see rows.h. */
#include "core/image/rows.h"

#include "core/base/processor.h"

const void *vsg_pixels_at(const vsg_pixels *p, long y) {
  const char *data = p->data; /* a char * counts bytes */
  return data + (size_t)(y * p->row) * vsg_dtype_size(p->dtype);
}

vsg_pixels vsg_pixels_of(const vsg_tensor *image, long x, long y, long width,
                         long height) {
  vsg_pixels p = {vsg_tensor_data(image), image->dtype, height, width,
                  image->shape[1] * 3};
  const char *row = vsg_pixels_at(&p, y); /* a char * counts bytes */
  p.data = row + (size_t)x * 3 * vsg_dtype_size(p.dtype);
  return p;
}

VSG_EVERY_PROCESSOR static void to_floats(float *out, const uint8_t *in,
                                          long n) {
  for (long i = 0; i < n; i++) out[i] = (float)in[i];
}

/* Wherever the parameters come from, (x - mean) is one f32 operation and the
 * scaling another, as in the Python code that is reproduced. Row in (width,3),
 * out (3,width) with planes so far apart. */
VSG_EVERY_PROCESSOR static void map_row(float *out, long plane, const float *in,
                                        long width, const vsg_pixel_map *map) {
  float *red = out + (map->bgr ? 2 : 0) * plane, *green = out + plane;
  float *blue = out + (map->bgr ? 0 : 2) * plane;
  int first = map->bgr ? 2 : 0, last = 2 - first;
  float mean[3] = {map->mean[first], map->mean[1], map->mean[last]};
  float scale[3] = {map->scale[first], map->scale[1], map->scale[last]};
  if (map->divide) {
    for (long x = 0; x < width; x++) {
      red[x] = (in[x * 3] - mean[0]) / scale[0];
      green[x] = (in[x * 3 + 1] - mean[1]) / scale[1];
      blue[x] = (in[x * 3 + 2] - mean[2]) / scale[2];
    }
    return;
  }
  for (long x = 0; x < width; x++) {
    red[x] = (in[x * 3] - mean[0]) * scale[0];
    green[x] = (in[x * 3 + 1] - mean[1]) * scale[1];
    blue[x] = (in[x * 3 + 2] - mean[2]) * scale[2];
  }
}

void vsg_rows_map(const vsg_rows *r, long y, const void *row) {
  const float *from = row;
  if (r->dtype == VSG_u8) {
    to_floats(r->line, row, r->width * 3);
    from = r->line;
  }
  map_row(r->planes + y * r->width, r->height * r->width, from, r->width,
          &r->map);
}

void vsg_rows_done(const vsg_rows *r, long y) {
  if (!r->image) vsg_rows_map(r, y, r->row);
}
