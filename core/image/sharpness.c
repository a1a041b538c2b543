/* How sharp an image is; see image.h. */
#include "core/image/codec.h"

/* OpenCV's grey of a u8 image: its weights of red, green and blue in 2^15. */
static int grey(const uint8_t *p) {
  return (p[0] * 9798 + p[1] * 19235 + p[2] * 3735 + (1 << 14)) >> 15;
}

/* The neighbour beside an edge is the one inside it (reflect 101). */
static long inside(long i, long size) {
  if (size == 1) return 0;
  return i < 0 ? 1 : i == size ? size - 2 : i;
}

static int grey_at(const uint8_t *pixels, long width, long height, long x,
                   long y) {
  return grey(pixels + (inside(y, height) * width + inside(x, width)) * 3);
}

/* The mean of squares less the squared mean: both sums are whole numbers, and
 * exact, for 2^28 pixels of at most 1020^2 stay below 2^49. */
static double variance(const uint8_t *pixels, long width, long height) {
  int64_t sum = 0, squares = 0;
  double n = (double)width * (double)height;
  for (long y = 0; y < height; y++) {
    for (long x = 0; x < width; x++) {
      int around = grey_at(pixels, width, height, x - 1, y) +
                   grey_at(pixels, width, height, x + 1, y) +
                   grey_at(pixels, width, height, x, y - 1) +
                   grey_at(pixels, width, height, x, y + 1);
      int value = around - 4 * grey_at(pixels, width, height, x, y);
      sum += value;
      squares += (int64_t)value * value;
    }
  }
  double mean = (double)sum / n;
  return (double)squares / n - mean * mean;
}

vsg_status vsg_image_sharpness(double *out, const vsg_tensor *image,
                               vsg_error *err) {
  vsg_tensor *in;
  *out = 0;
  if (vsg_image_input(&in, image, VSG_u8, "sharpness", err)) return err->code;
  *out = variance(vsg_tensor_data(in), in->shape[1], in->shape[0]);
  vsg_tensor_free(in);
  return VSG_OK;
}
