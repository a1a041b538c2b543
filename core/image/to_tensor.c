/* Pixels to a network's numbers, in one pass. */
#include <stdlib.h>

#include "core/image/codec.h"
#include "core/image/rows.h"

vsg_status vsg_image_to_tensor(vsg_tensor **out, const vsg_tensor *image,
                               const vsg_pixel_map *map, vsg_error *err) {
  vsg_dtype dtype = image->dtype == VSG_f32 ? VSG_f32 : VSG_u8;
  vsg_tensor *in;
  *out = NULL;
  if (vsg_image_input(&in, image, dtype, "to_tensor", err)) return err->code;
  long height = in->shape[0], width = in->shape[1];
  long shape[] = {3, height, width};
  vsg_pixels from = vsg_pixels_of(in, 0, 0, width, height);
  size_t bytes = (size_t)width * 3 * sizeof(float);
  float *line = malloc(bytes);
  if (!line) {
    vsg_fail_memory(err, "to_tensor", bytes);
  } else if (!vsg_tensor_new(out, VSG_f32, 3, shape, err)) {
    vsg_rows rows = {.height = height,
                     .width = width,
                     .end = height,
                     .dtype = dtype,
                     .planes = vsg_tensor_data(*out),
                     .map = *map,
                     .line = line};
    for (long y = 0; y < height; y++) {
      vsg_rows_map(&rows, y, vsg_pixels_at(&from, y));
    }
  }
  free(line);
  vsg_tensor_free(in);
  return *out ? VSG_OK : err->code;
}
