/* Which filter resizes an image; see image.h. */
#include <string.h>

#include "core/image/codec.h"

static const struct filter {
  const char *name;
  vsg_dtype in, out;
  vsg_resizer *resize;
} filters[] = {
    {"nearest", VSG_u8, VSG_u8, vsg_resize_nearest},
    {"bilinear", VSG_u8, VSG_u8, vsg_resize_bilinear},
    {"bicubic", VSG_u8, VSG_u8, vsg_resize_bicubic},
    {"lanczos", VSG_u8, VSG_u8, vsg_resize_lanczos},
    {"area", VSG_f32, VSG_f32, vsg_resize_area_f32},
    {"area", VSG_u8, VSG_u8, vsg_resize_area_u8},
    {"linear", VSG_f32, VSG_f32, vsg_resize_linear_f32},
    {"linear", VSG_u8, VSG_u8, vsg_resize_linear_u8},
    {"adaptive_area", VSG_f32, VSG_f32, vsg_resize_adaptive_f32},
    {"adaptive_area", VSG_u8, VSG_f32, vsg_resize_adaptive_u8},
    {"tf_area", VSG_u8, VSG_f32, vsg_resize_tf_area},
    {"tf_area", VSG_f32, VSG_f32, vsg_resize_tf_area},
    {"pdollar", VSG_u8, VSG_f32, vsg_resize_pdollar},
    {"pdollar", VSG_f32, VSG_f32, vsg_resize_pdollar},
};

/* The entry of name for dtype; the last one of name when none takes dtype. */
static vsg_status find_filter(const struct filter **out, const char *name,
                              vsg_dtype dtype, vsg_error *err) {
  *out = NULL;
  for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
    if (strcmp(filters[i].name, name) != 0) continue;
    *out = &filters[i];
    if (filters[i].in == dtype) return VSG_OK;
  }
  if (*out) return VSG_OK;
  return vsg_fail(err, VSG_ARGUMENT,
                  "resize: no filter '%s', there are nearest, bilinear, "
                  "bicubic, lanczos, area, linear, adaptive_area, tf_area, "
                  "pdollar",
                  name);
}

vsg_status vsg_image_resize(vsg_tensor **out, const vsg_tensor *image,
                            long width, long height, const char *filter,
                            vsg_error *err) {
  const struct filter *f;
  vsg_tensor *in;
  vsg_status status;
  *out = NULL;
  if (find_filter(&f, filter, image->dtype, err)) return err->code;
  if (vsg_image_input(&in, image, f->in, "resize", err)) return err->code;
  status = vsg_image_new(out, f->out, width, height, "resize", err);
  if (!status) status = f->resize(*out, in, err);
  vsg_tensor_free(in);
  if (status) {
    vsg_tensor_free(*out);
    *out = NULL;
  }
  return status;
}
