/* Images under affine maps; see warp.h. */
#include "core/image/warp.h"

#include <math.h>
#include <string.h>

#include "core/image/codec.h"

/* A source image with a coloured surround. */
typedef struct plane {
  const uint8_t *pixels;
  long width, height;
  const uint8_t *border;
} plane;

typedef void sampler(uint8_t out[3], const plane *from, double x, double y);

static vsg_status invert(double out[VSG_MAP_SIZE], const double m[VSG_MAP_SIZE],
                         vsg_error *err) {
  double determinant = m[0] * m[4] - m[1] * m[3];
  double inverse = 1.0 / determinant;
  if (determinant == 0 || !isfinite(inverse)) {
    return vsg_fail(err, VSG_ARGUMENT,
                    "warp: matrix {%g, %g, %g, %g, %g, %g} has no inverse",
                    m[0], m[1], m[2], m[3], m[4], m[5]);
  }
  out[0] = m[4] * inverse;
  out[1] = -m[1] * inverse;
  out[3] = -m[3] * inverse;
  out[4] = m[0] * inverse;
  out[2] = -out[0] * m[2] - out[1] * m[5];
  out[5] = -out[3] * m[2] - out[4] * m[5];
  return VSG_OK;
}

static const uint8_t *pixel(const plane *p, long x, long y) {
  if (x < 0 || y < 0 || x >= p->width || y >= p->height) return p->border;
  return p->pixels + (y * p->width + x) * 3;
}

/* False when no neighbour of (x, y) is inside, and for infinities and NaN: then
 * x and y must not become whole numbers. */
static bool touches(const plane *p, double x, double y) {
  return x > -1 && y > -1 && x < (double)p->width && y < (double)p->height;
}

static void sample_nearest(uint8_t out[3], const plane *from, double x,
                           double y) {
  bool near = touches(from, x, y);
  memcpy(out, near ? pixel(from, lrint(x), lrint(y)) : from->border, 3);
}

static void sample_bilinear(uint8_t out[3], const plane *from, double x,
                            double y) {
  if (!touches(from, x, y)) {
    memcpy(out, from->border, 3);
    return;
  }
  long x0 = (long)floor(x), y0 = (long)floor(y);
  double u = x - (double)x0, v = y - (double)y0;
  const uint8_t *a = pixel(from, x0, y0), *b = pixel(from, x0 + 1, y0);
  const uint8_t *c = pixel(from, x0, y0 + 1), *d = pixel(from, x0 + 1, y0 + 1);
  for (int i = 0; i < 3; i++) {
    double upper = a[i] + u * (b[i] - a[i]), lower = c[i] + u * (d[i] - c[i]);
    out[i] = (uint8_t)lrint(upper + v * (lower - upper));
  }
}

static vsg_status find_sampler(sampler **out, const char *filter,
                               vsg_error *err) {
  *out = strcmp(filter, "bilinear") == 0  ? sample_bilinear
         : strcmp(filter, "nearest") == 0 ? sample_nearest
                                          : NULL;
  if (*out) return VSG_OK;
  return vsg_fail(err, VSG_ARGUMENT,
                  "warp: no filter '%s', there are bilinear and nearest",
                  filter);
}

vsg_status vsg_image_warp(vsg_tensor **out, const vsg_tensor *image,
                          const double map[VSG_MAP_SIZE], long width,
                          long height, const char *filter,
                          const uint8_t border[3], vsg_error *err) {
  double back[VSG_MAP_SIZE];
  sampler *sample;
  vsg_tensor *in;
  *out = NULL;
  if (find_sampler(&sample, filter, err)) return err->code;
  if (invert(back, map, err)) return err->code;
  if (vsg_image_input(&in, image, VSG_u8, "warp", err)) return err->code;
  if (!vsg_image_new(out, VSG_u8, width, height, "warp", err)) {
    plane from = {vsg_tensor_data(in), in->shape[1], in->shape[0], border};
    uint8_t *to = vsg_tensor_data(*out);
    for (long y = 0; y < height; y++) {
      double row_x = back[1] * (double)y + back[2];
      double row_y = back[4] * (double)y + back[5];
      for (long x = 0; x < width; x++, to += 3) {
        sample(to, &from, back[0] * (double)x + row_x,
               back[3] * (double)x + row_y);
      }
    }
  }
  vsg_tensor_free(in);
  return *out ? VSG_OK : err->code;
}
