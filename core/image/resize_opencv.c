/* OpenCV's resize, INTER_LINEAR and INTER_AREA, after the plain (not
 * vectorised) code of its imgproc/src/resize.cpp, 4.x: 8-bit linear in 11-bit
 * fixed point; area as means of pixels, weighted by what they share with the
 * output pixel; floats in f32. Of 120 million 8-bit values, none differed from
 * what OpenCV 4.10 and 5.0 make with their vector code. */
#include <math.h>
#include <stdlib.h>

#include "core/image/codec.h"

static long clamp(long i, long size) {
  return i < 0 ? 0 : i >= size ? size - 1 : i;
}

static uint8_t round8(float v) {
  return (uint8_t)clamp(lrintf(v), 256); /* to nearest, halves to even */
}

/* ---- linear, 8 bits ---- */

enum { COEFFICIENT_ONE = 1 << 11 };

/* An output position's two input positions and their fixed-point weights. */
typedef struct pair {
  long at[2];
  int weight[2];
} pair;

/* Where position i of an axis falls among the inputs: whole part and fraction.
 * With area, as INTER_AREA enlarges. */
static long find_place(float *fraction, long i, double scale, bool area) {
  float place;
  long whole;
  if (area) {
    whole = (long)floor((double)i * scale);
    place = (float)((double)(i + 1) - (double)(whole + 1) * (1.0 / scale));
    *fraction = place <= 0 ? 0.0f : place - floorf(place);
    return whole;
  }
  place = (float)(((double)i + 0.5) * scale - 0.5);
  whole = (long)floorf(place);
  *fraction = place - (float)whole;
  return whole;
}

/* *out has one pair for each of the out_size positions. OpenCV drops the
 * fraction beyond the edges along rows, but not along columns, where it clamps
 * both positions; the results differ by a rounding. */
static vsg_status pairs_new(pair **out, long in_size, long out_size, bool area,
                            bool drop_outside, vsg_error *err) {
  double scale = 1.0 / ((double)out_size / (double)in_size);
  *out = calloc((size_t)out_size, sizeof **out);
  if (!*out) {
    return vsg_fail_memory(err, "resize", (size_t)out_size * sizeof **out);
  }
  for (long i = 0; i < out_size; i++) {
    float fraction;
    long whole = find_place(&fraction, i, scale, area);
    if (drop_outside && (whole < 0 || whole >= in_size - 1)) fraction = 0.0f;
    (*out)[i] = (pair){
        {clamp(whole, in_size), clamp(whole + 1, in_size)},
        {(int)lrintf((1.0f - fraction) * COEFFICIENT_ONE),
         (int)lrintf(fraction * COEFFICIENT_ONE)},
    };
  }
  return VSG_OK;
}

/* One row of in at the output's columns, scaled by COEFFICIENT_ONE. */
static int across(const uint8_t *row, const pair *x, int c) {
  return row[x->at[0] * 3 + c] * x->weight[0] +
         row[x->at[1] * 3 + c] * x->weight[1];
}

static void linear_row(uint8_t *out, const uint8_t *upper, const uint8_t *lower,
                       long width, const pair *columns, const int weight[2]) {
  for (long x = 0; x < width; x++) {
    for (int c = 0; c < 3; c++) {
      int a = weight[0] * (across(upper, &columns[x], c) >> 4);
      int b = weight[1] * (across(lower, &columns[x], c) >> 4);
      *out++ = (uint8_t)(((a >> 16) + (b >> 16) + 2) >> 2);
    }
  }
}

static vsg_status linear_fixed(vsg_tensor *out, const vsg_tensor *in, bool area,
                               vsg_error *err) {
  pair *columns = NULL, *rows = NULL;
  long width = out->shape[1], stride = in->shape[1] * 3;
  const uint8_t *from = vsg_tensor_data(in);
  uint8_t *to = vsg_tensor_data(out);
  vsg_status status = pairs_new(&columns, in->shape[1], width, area, true, err);
  if (!status) {
    status = pairs_new(&rows, in->shape[0], out->shape[0], area, false, err);
  }
  for (long y = 0; y < out->shape[0] && !status; y++) {
    linear_row(to + y * width * 3, from + rows[y].at[0] * stride,
               from + rows[y].at[1] * stride, width, columns, rows[y].weight);
  }
  free(columns);
  free(rows);
  return status;
}

/* ---- weighted means, for area and for all floats ---- */

/* The inputs of an output position: count of them from first; the first and the
 * last have weights of their own. */
typedef struct span {
  long first, count;
  float head, middle, tail;
} span;

static float weight_at(const span *s, long j) {
  return j == 0 ? s->head : j == s->count - 1 ? s->tail : s->middle;
}

/* What is covered less than this much is left out, as in OpenCV. */
static const double LEAST_COVER = 1e-3;

static span area_span(long i, long in_size, double scale) {
  double start = (double)i * scale, end = start + scale;
  double cell = fmin(scale, (double)in_size - start);
  long from = (long)ceil(start), to = (long)floor(end);
  span s;
  if (to > in_size - 1) to = in_size - 1;
  if (from > to) from = to;
  s.middle = (float)(1.0 / cell);
  s.head = s.tail = s.middle;
  s.first = from;
  s.count = to - from;
  if (end - (double)to > LEAST_COVER) {
    s.tail = (float)(fmin(fmin(end - (double)to, 1.0), cell) / cell);
    s.count++;
    if (s.count == 1) s.head = s.tail;
  }
  if ((double)from - start > LEAST_COVER) {
    s.first--;
    s.head = (float)(((double)from - start) / cell);
    s.count++;
    if (s.count == 1) s.tail = s.head;
  }
  return s;
}

/* For floats OpenCV does not round the place to f32 as it does for 8 bits. */
static span linear_span(long i, long in_size, double scale, bool area) {
  double place = ((double)i + 0.5) * scale - 0.5;
  long whole = (long)floor(place);
  float fraction = (float)(place - (double)whole);
  if (area) whole = find_place(&fraction, i, scale, area);
  if (whole < 0 || whole >= in_size - 1) {
    return (span){clamp(whole, in_size), 1, 1.0f, 0.0f, 1.0f};
  }
  return (span){whole, 2, 1.0f - fraction, 0.0f, fraction};
}

/* Area while shrinking, linear, and linear as area enlarges. */
enum mode { AREA, LINEAR, AREA_ENLARGING };

/* *out has one span for each of the out_size positions. */
static vsg_status spans_new(span **out, long in_size, long out_size,
                            enum mode mode, vsg_error *err) {
  double scale = 1.0 / ((double)out_size / (double)in_size);
  *out = calloc((size_t)out_size, sizeof **out);
  if (!*out) {
    return vsg_fail_memory(err, "resize", (size_t)out_size * sizeof **out);
  }
  for (long i = 0; i < out_size; i++) {
    (*out)[i] = mode == AREA
                    ? area_span(i, in_size, scale)
                    : linear_span(i, in_size, scale, mode == AREA_ENLARGING);
  }
  return VSG_OK;
}

/* What one weighted resize works with; the rows are scratch of f32. */
typedef struct work {
  span *columns, *rows;
  float *in_row, *sums;
} work;

static void work_free(work *w) {
  free(w->columns);
  free(w->rows);
  free(w->in_row);
  free(w->sums);
}

static vsg_status work_new(work *w, const vsg_tensor *out, const vsg_tensor *in,
                           enum mode mode, vsg_error *err) {
  size_t in_row = (size_t)in->shape[1] * 3, row = (size_t)out->shape[1] * 3;
  vsg_status status;
  *w = (work){0};
  w->in_row = calloc(in_row, sizeof *w->in_row);
  w->sums = calloc(row, sizeof *w->sums);
  status = w->in_row && w->sums
               ? spans_new(&w->columns, in->shape[1], out->shape[1], mode, err)
               : vsg_fail_memory(err, "resize", (in_row + row) * sizeof(float));
  if (!status) {
    status = spans_new(&w->rows, in->shape[0], out->shape[0], mode, err);
  }
  if (status) work_free(w);
  return status;
}

static void read_row(float *out, const vsg_tensor *in, long y) {
  long n = in->shape[1] * 3;
  if (in->dtype == VSG_u8) {
    const uint8_t *from = vsg_tensor_data(in);
    for (long i = 0; i < n; i++) out[i] = (float)from[y * n + i];
  } else {
    const float *from = vsg_tensor_data(in);
    for (long i = 0; i < n; i++) out[i] = from[y * n + i];
  }
}

static void write_row(vsg_tensor *out, const float *sums, long y) {
  long n = out->shape[1] * 3;
  if (out->dtype == VSG_u8) {
    uint8_t *to = vsg_tensor_data(out);
    for (long i = 0; i < n; i++) to[y * n + i] = round8(sums[i]);
  } else {
    float *to = vsg_tensor_data(out);
    for (long i = 0; i < n; i++) to[y * n + i] = sums[i];
  }
}

/* Adds weight times the means of one row of input to sums (width * 3). */
static void add_row(float *sums, const float *row, long width,
                    const span *columns, float weight) {
  for (long x = 0; x < width; x++) {
    const span *s = &columns[x];
    const float *p = row + s->first * 3;
    float mean[3] = {0};
    for (long j = 0; j < s->count; j++, p += 3) {
      float w = weight_at(s, j);
      for (int c = 0; c < 3; c++) mean[c] += p[c] * w;
    }
    for (int c = 0; c < 3; c++) sums[x * 3 + c] += mean[c] * weight;
  }
}

static vsg_status weighted(vsg_tensor *out, const vsg_tensor *in,
                           enum mode mode, vsg_error *err) {
  work w;
  if (work_new(&w, out, in, mode, err)) return err->code;
  for (long y = 0; y < out->shape[0]; y++) {
    const span *rows = &w.rows[y];
    for (long i = 0; i < out->shape[1] * 3; i++) w.sums[i] = 0.0f;
    for (long j = 0; j < rows->count; j++) {
      read_row(w.in_row, in, rows->first + j);
      add_row(w.sums, w.in_row, out->shape[1], w.columns, weight_at(rows, j));
    }
    write_row(out, w.sums, y);
  }
  work_free(&w);
  return VSG_OK;
}

/* ---- area of whole pixels, 8 bits ---- */

/* The mean of kx by ky pixels. */
static uint8_t block_mean(const uint8_t *p, long stride, long kx, long ky) {
  long sum = 0;
  for (long y = 0; y < ky; y++) {
    for (long x = 0; x < kx; x++) sum += p[y * stride + x * 3];
  }
  if (kx == 2 && ky == 2) return (uint8_t)((sum + 2) >> 2);
  return round8((float)sum * (1.0f / (float)(kx * ky)));
}

static void area_whole(vsg_tensor *out, const vsg_tensor *in, long kx,
                       long ky) {
  long stride = in->shape[1] * 3;
  const uint8_t *from = vsg_tensor_data(in);
  uint8_t *to = vsg_tensor_data(out);
  for (long y = 0; y < out->shape[0]; y++) {
    for (long x = 0; x < out->shape[1]; x++) {
      const uint8_t *p = from + y * ky * stride + x * kx * 3;
      for (int c = 0; c < 3; c++) *to++ = block_mean(p + c, stride, kx, ky);
    }
  }
}

/* ---- public ---- */

static bool enlarges(const vsg_tensor *out, const vsg_tensor *in) {
  return out->shape[1] > in->shape[1] || out->shape[0] > in->shape[0];
}

static bool halves(const vsg_tensor *out, const vsg_tensor *in) {
  return in->shape[1] == 2 * out->shape[1] && in->shape[0] == 2 * out->shape[0];
}

vsg_status vsg_resize_area_u8(vsg_tensor *out, const vsg_tensor *in,
                              vsg_error *err) {
  if (enlarges(out, in)) return linear_fixed(out, in, true, err);
  if (in->shape[1] % out->shape[1] || in->shape[0] % out->shape[0]) {
    return weighted(out, in, AREA, err);
  }
  area_whole(out, in, in->shape[1] / out->shape[1],
             in->shape[0] / out->shape[0]);
  return VSG_OK;
}

/* OpenCV takes a linear halving for a case of INTER_AREA. */
vsg_status vsg_resize_linear_u8(vsg_tensor *out, const vsg_tensor *in,
                                vsg_error *err) {
  if (!halves(out, in)) return linear_fixed(out, in, false, err);
  area_whole(out, in, 2, 2);
  return VSG_OK;
}

vsg_status vsg_resize_area_f32(vsg_tensor *out, const vsg_tensor *in,
                               vsg_error *err) {
  return weighted(out, in, enlarges(out, in) ? AREA_ENLARGING : AREA, err);
}

vsg_status vsg_resize_linear_f32(vsg_tensor *out, const vsg_tensor *in,
                                 vsg_error *err) {
  return weighted(out, in, LINEAR, err);
}
