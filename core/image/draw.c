/* Boxes and points; see draw.h. */
#include "core/image/draw.h"

#include <math.h>

#include "core/image/canvas.h"
#include "core/image/image.h"

vsg_status vsg_canvas_open(vsg_canvas *out, const vsg_tensor *image,
                           const char *operation, vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  if (image->dtype != VSG_u8) {
    return vsg_fail(err, VSG_DTYPE, "%s: image is %s, wanted u8", operation,
                    vsg_dtype_name(image->dtype));
  }
  if (image->dims != 3 || image->shape[2] != 3) {
    return vsg_fail(err, VSG_SHAPE, "%s: image has shape %s, wanted (H,W,3)",
                    operation, vsg_shape_text(text, image->dims, image->shape));
  }
  *out =
      (vsg_canvas){vsg_tensor_data(image), image->shape[1],  image->shape[0],
                   image->stride[0],       image->stride[1], image->stride[2]};
  return VSG_OK;
}

void vsg_canvas_blend(const vsg_canvas *c, long x, long y,
                      const uint8_t colour[3], uint8_t alpha) {
  if (x < 0 || y < 0 || x >= c->width || y >= c->height) return;
  uint8_t *p = c->data + y * c->down + x * c->right;
  for (int i = 0; i < 3; i++, p += c->channel) {
    *p = (uint8_t)((colour[i] * alpha + *p * (255 - alpha) + 127) / 255);
  }
}

void vsg_canvas_fill(const vsg_canvas *c, long x1, long y1, long x2, long y2,
                     const uint8_t colour[3]) {
  if (x1 < 0) x1 = 0;
  if (y1 < 0) y1 = 0;
  if (x2 > c->width) x2 = c->width;
  if (y2 > c->height) y2 = c->height;
  for (long y = y1; y < y2; y++) {
    for (long x = x1; x < x2; x++) vsg_canvas_blend(c, x, y, colour, 255);
  }
}

long vsg_canvas_round(double v) {
  const double far = 2.0 * VSG_IMAGE_MAX_PIXELS;
  if (!(v > -far)) return -(long)far;
  return v < far ? lround(v) : (long)far;
}

vsg_status vsg_draw_box(const vsg_tensor *image, const double box[4],
                        long width, const uint8_t colour[3], vsg_error *err) {
  vsg_canvas c;
  long x1 = vsg_canvas_round(box[0]), y1 = vsg_canvas_round(box[1]);
  long x2 = vsg_canvas_round(box[2]), y2 = vsg_canvas_round(box[3]);
  if (vsg_canvas_open(&c, image, "draw_box", err)) return err->code;
  if (width < 1 || width > VSG_IMAGE_MAX_PIXELS) {
    return vsg_fail(err, VSG_ARGUMENT, "draw_box: width %ld, wanted 1 or more",
                    width);
  }
  long left = x1 + width < x2 ? x1 + width : x2;
  long right = x2 - width > x1 ? x2 - width : x1;
  long top = y1 + width < y2 ? y1 + width : y2;
  long bottom = y2 - width > y1 ? y2 - width : y1;
  vsg_canvas_fill(&c, x1, y1, x2, top, colour);
  vsg_canvas_fill(&c, x1, bottom, x2, y2, colour);
  vsg_canvas_fill(&c, x1, y1, left, y2, colour);
  vsg_canvas_fill(&c, right, y1, x2, y2, colour);
  return VSG_OK;
}

vsg_status vsg_draw_point(const vsg_tensor *image, double x, double y,
                          double radius, const uint8_t colour[3],
                          vsg_error *err) {
  vsg_canvas c;
  if (vsg_canvas_open(&c, image, "draw_point", err)) return err->code;
  if (!(radius >= 0)) {
    return vsg_fail(err, VSG_ARGUMENT,
                    "draw_point: radius %g, wanted 0 or more", radius);
  }
  long column = vsg_canvas_round(floor(x)), row = vsg_canvas_round(floor(y));
  long x1 = vsg_canvas_round(x - radius) - 1, x2 = vsg_canvas_round(x + radius);
  long y1 = vsg_canvas_round(y - radius) - 1, y2 = vsg_canvas_round(y + radius);
  for (long j = y1 < 0 ? 0 : y1; j <= y2 && j < c.height; j++) {
    for (long i = x1 < 0 ? 0 : x1; i <= x2 && i < c.width; i++) {
      bool inside = hypot((double)i + 0.5 - x, (double)j + 0.5 - y) <= radius;
      if (inside) vsg_canvas_blend(&c, i, j, colour, 255);
    }
  }
  vsg_canvas_blend(&c, column, row, colour, 255);
  return VSG_OK;
}
