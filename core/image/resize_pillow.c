/* Pillow's resize of 8-bit images, equal to the last bit: its Resample.c (a
 * convolution whose support grows when the image shrinks, in fixed point, first
 * along rows, then along columns, rounded to 8 bits in between) and, for
 * nearest, the affine path of its Geometry.c. The order of every rounding below
 * is Pillow's; tests compare with Pillow 10.4. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/image/rows.h"

/* 8 bits for the pixel, 2 for sums that leave 0..255 before they are clipped.
 */
enum { PRECISION_BITS = 32 - 8 - 2 };

typedef struct kernel {
  double (*weight)(double x);
  double support; /* weight is 0 from here on */
} kernel;

static double bilinear(double x) {
  x = fabs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

/* Keys' cubic with a = -0.5. */
static double bicubic(double x) {
  const double a = -0.5;
  x = fabs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

static double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= M_PI;
  return sin(x) / x;
}

static double lanczos(double x) {
  return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
}

/* For each output position: the first input one, how many, and their weights
 * (length of them, of which the first count are used). */
typedef struct taps {
  long length;
  int *first, *count, *weight;
} taps;

static void taps_free(taps *t) {
  free(t->first);
  free(t->count);
  free(t->weight);
}

static int fixed(double w) {
  double scaled = w * (1 << PRECISION_BITS);
  return (int)(w < 0 ? scaled - 0.5 : scaled + 0.5);
}

/* The taps of output position i; w is scratch of t->length. */
static void fill_taps(taps *t, double *w, long i, long in, double scale,
                      const kernel *k) {
  double stretch = scale < 1.0 ? 1.0 : scale;
  double support = k->support * stretch, inverse = 1.0 / stretch;
  double centre = (i + 0.5) * scale, sum = 0.0;
  int first = (int)(centre - support + 0.5);
  int last = (int)(centre + support + 0.5);
  if (first < 0) first = 0;
  if (last > in) last = (int)in;
  t->first[i] = first;
  t->count[i] = last - first;
  for (int j = 0; j < last - first; j++) {
    w[j] = k->weight((j + first - centre + 0.5) * inverse);
    sum += w[j];
  }
  for (int j = 0; j < last - first; j++) {
    t->weight[i * t->length + j] = fixed(sum != 0.0 ? w[j] / sum : w[j]);
  }
}

static vsg_status taps_new(taps *t, long in, long out, const kernel *k,
                           vsg_error *err) {
  double scale = (double)in / (double)out;
  double *scratch;
  size_t n;
  t->length = (long)ceil(k->support * (scale < 1.0 ? 1.0 : scale)) * 2 + 1;
  if (!vsg_size_mul(&n, (size_t)t->length, (size_t)out)) {
    return vsg_fail(err, VSG_ARGUMENT, "resize: from %ld to %ld pixels", in,
                    out);
  }
  t->first = calloc((size_t)out, sizeof *t->first);
  t->count = calloc((size_t)out, sizeof *t->count);
  t->weight = calloc(n, sizeof *t->weight);
  scratch = calloc((size_t)t->length, sizeof *scratch);
  if (!t->first || !t->count || !t->weight || !scratch) {
    free(scratch);
    taps_free(t);
    return vsg_fail_memory(err, "resize", n * sizeof *t->weight);
  }
  for (long i = 0; i < out; i++) fill_taps(t, scratch, i, in, scale, k);
  free(scratch);
  return VSG_OK;
}

static inline uint8_t clip8(int sum) {
  int value = sum >> PRECISION_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Row in (in_width, 3) to out (width, 3). */
static void pass_row(uint8_t *out, const uint8_t *in, long width,
                     const taps *t) {
  for (long x = 0; x < width; x++, out += 3) {
    const uint8_t *p = in + t->first[x] * 3L;
    const int *w = t->weight + x * t->length;
    int r = 1 << (PRECISION_BITS - 1), g = r, b = r;
    for (int j = 0; j < t->count[x]; j++, p += 3) {
      r += p[0] * w[j];
      g += p[1] * w[j];
      b += p[2] * w[j];
    }
    out[0] = clip8(r);
    out[1] = clip8(g);
    out[2] = clip8(b);
  }
}

/* Row y of the result from the rows of in; sums is scratch of a row. */
static void pass_column(uint8_t *out, const vsg_pixels *in, long y,
                        const taps *t, int *sums) {
  long n = in->width * 3;
  for (long i = 0; i < n; i++) sums[i] = 1 << (PRECISION_BITS - 1);
  for (int j = 0; j < t->count[y]; j++) {
    const uint8_t *p = vsg_pixels_at(in, t->first[y] + j);
    int w = t->weight[y * t->length + j];
    for (long i = 0; i < n; i++) sums[i] += p[i] * w;
  }
  for (long i = 0; i < n; i++) out[i] = clip8(sums[i]);
}

static vsg_status resize_rows(const vsg_rows *out, const vsg_pixels *in,
                              const kernel *k, vsg_error *err) {
  taps t;
  if (taps_new(&t, in->width, out->width, k, err)) return err->code;
  for (long y = out->first; y < out->end; y++) {
    pass_row(vsg_rows_at(out, y), vsg_pixels_at(in, y), out->width, &t);
    vsg_rows_done(out, y);
  }
  taps_free(&t);
  return VSG_OK;
}

static vsg_status resize_columns(const vsg_rows *out, const vsg_pixels *in,
                                 const taps *t, vsg_error *err) {
  size_t bytes = (size_t)out->width * 3 * sizeof(int);
  int *sums = malloc(bytes);
  if (!sums) return vsg_fail_memory(err, "resize", bytes);
  for (long y = out->first; y < out->end; y++) {
    pass_column(vsg_rows_at(out, y), in, y, t, sums);
    vsg_rows_done(out, y);
  }
  free(sums);
  return VSG_OK;
}

/* Both passes: the first for the rows that the second reads. */
static vsg_status resize_both(const vsg_rows *out, const vsg_pixels *in,
                              const taps *t, const kernel *k, vsg_error *err) {
  long last = out->end - 1;
  vsg_rows between = {.height = in->height,
                      .width = out->width,
                      .first = t->first[out->first],
                      .end = t->first[last] + t->count[last],
                      .dtype = VSG_u8};
  vsg_pixels from = {.dtype = VSG_u8,
                     .height = in->height,
                     .width = out->width,
                     .row = out->width * 3};
  size_t bytes = (size_t)in->height * (size_t)from.row;
  vsg_status status = VSG_OK;
  between.image = malloc(bytes);
  from.data = between.image;
  if (!between.image) status = vsg_fail_memory(err, "resize", bytes);
  if (!status) status = resize_rows(&between, in, k, err);
  if (!status) status = resize_columns(out, &from, t, err);
  free(between.image);
  return status;
}

/* A pass that would change no size is left out, as Pillow leaves it out. */
static vsg_status convolve(const vsg_rows *out, const vsg_pixels *in,
                           const kernel *k, vsg_error *err) {
  taps t;
  vsg_status status;
  if (out->height == in->height && out->width == in->width) {
    for (long y = out->first; y < out->end; y++) {
      memcpy(vsg_rows_at(out, y), vsg_pixels_at(in, y), (size_t)in->width * 3);
      vsg_rows_done(out, y);
    }
    return VSG_OK;
  }
  if (out->height == in->height) return resize_rows(out, in, k, err);
  if (taps_new(&t, in->height, out->height, k, err)) return err->code;
  status = out->width == in->width ? resize_columns(out, in, &t, err)
                                   : resize_both(out, in, &t, k, err);
  taps_free(&t);
  return status;
}

vsg_status vsg_resize_bilinear(const vsg_rows *out, const vsg_pixels *in,
                               vsg_error *err) {
  return convolve(out, in, &(kernel){bilinear, 1.0}, err);
}

vsg_status vsg_resize_bicubic(const vsg_rows *out, const vsg_pixels *in,
                              vsg_error *err) {
  return convolve(out, in, &(kernel){bicubic, 2.0}, err);
}

vsg_status vsg_resize_lanczos(const vsg_rows *out, const vsg_pixels *in,
                              vsg_error *err) {
  return convolve(out, in, &(kernel){lanczos, 3.0}, err);
}

/* The next input position, or -1 outside. Pillow adds up the step, so the
 * rounding of a thousand sums is part of the answer. */
static long step_position(double *at, double step, long size) {
  long position = *at < 0.0 ? -1 : (long)*at;
  *at += step;
  return position < size ? position : -1;
}

vsg_status vsg_resize_nearest(const vsg_rows *out, const vsg_pixels *in,
                              vsg_error *err) {
  long width = out->width;
  double x_step = (double)in->width / (double)width, x_at = x_step * 0.5;
  double y_step = (double)in->height / (double)out->height;
  double y_at = y_step * 0.5;
  long *column = calloc((size_t)width, sizeof *column);
  if (!column) {
    return vsg_fail_memory(err, "resize", (size_t)width * sizeof *column);
  }
  for (long x = 0; x < width; x++) {
    column[x] = step_position(&x_at, x_step, in->width);
  }
  for (long y = 0; y < out->end; y++) {
    long row = step_position(&y_at, y_step, in->height);
    if (y < out->first) continue;
    const uint8_t *from = row < 0 ? NULL : vsg_pixels_at(in, row);
    uint8_t *to = vsg_rows_at(out, y);
    memset(to, 0, (size_t)width * 3);
    for (long x = 0; x < width && from; x++) {
      if (column[x] >= 0) memcpy(to + x * 3, from + column[x] * 3, 3);
    }
    vsg_rows_done(out, y);
  }
  free(column);
  return VSG_OK;
}
