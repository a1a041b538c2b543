/* Which filter resizes an image; see image.h. */
#include <string.h>

#include "core/image/codec.h"
#include "core/image/rows.h"

/* Of one name and input, the first is what vsg_image_resize takes. */
static const vsg_filter filters[] = {
    {"nearest", VSG_u8, VSG_u8, vsg_resize_nearest},
    {"bilinear", VSG_u8, VSG_u8, vsg_resize_bilinear},
    {"bicubic", VSG_u8, VSG_u8, vsg_resize_bicubic},
    {"lanczos", VSG_u8, VSG_u8, vsg_resize_lanczos},
    {"area", VSG_f32, VSG_f32, vsg_resize_area_f32},
    {"area", VSG_u8, VSG_u8, vsg_resize_area_u8},
    {"area", VSG_u8, VSG_f32, vsg_resize_area_f32},
    {"linear", VSG_f32, VSG_f32, vsg_resize_linear_f32},
    {"linear", VSG_u8, VSG_u8, vsg_resize_linear_u8},
    {"linear", VSG_u8, VSG_f32, vsg_resize_linear_f32},
    {"adaptive_area", VSG_f32, VSG_f32, vsg_resize_adaptive_f32},
    {"adaptive_area", VSG_u8, VSG_f32, vsg_resize_adaptive_u8},
    {"tf_area", VSG_u8, VSG_f32, vsg_resize_tf_area},
    {"tf_area", VSG_f32, VSG_f32, vsg_resize_tf_area},
    {"pdollar", VSG_u8, VSG_f32, vsg_resize_pdollar},
    {"pdollar", VSG_f32, VSG_f32, vsg_resize_pdollar},
};

vsg_status vsg_filter_find(const vsg_filter **out, const char *name,
                           vsg_dtype dtype, bool floats, vsg_error *err) {
  *out = NULL;
  for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
    const vsg_filter *f = &filters[i];
    if (strcmp(f->name, name) != 0 || (floats && f->out != VSG_f32)) continue;
    *out = f;
    if (f->in == dtype) return VSG_OK;
  }
  if (*out) return VSG_OK;
  return vsg_fail(err, VSG_ARGUMENT,
                  "resize: no filter '%s'%s, there are %sarea, linear, "
                  "adaptive_area, tf_area, pdollar",
                  name, floats ? " of floats" : "",
                  floats ? "" : "nearest, bilinear, bicubic, lanczos, ");
}

vsg_status vsg_image_resize(vsg_tensor **out, const vsg_tensor *image,
                            long width, long height, const char *filter,
                            vsg_error *err) {
  const vsg_filter *f;
  vsg_tensor *in;
  vsg_status status;
  *out = NULL;
  if (vsg_filter_find(&f, filter, image->dtype, false, err)) return err->code;
  if (vsg_image_input(&in, image, f->in, "resize", err)) return err->code;
  status = vsg_image_new(out, f->out, width, height, "resize", err);
  if (!status) {
    vsg_pixels from = vsg_pixels_of(in, 0, 0, in->shape[1], in->shape[0]);
    vsg_rows rows = {.height = height,
                     .width = width,
                     .end = height,
                     .dtype = f->out,
                     .image = vsg_tensor_data(*out)};
    status = f->resize(&rows, &from, err);
  }
  vsg_tensor_free(in);
  if (status) {
    vsg_tensor_free(*out);
    *out = NULL;
  }
  return status;
}
