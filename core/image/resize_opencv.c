/* OpenCV's resize, INTER_LINEAR and INTER_AREA, after the plain (not
 * vectorised) code of its imgproc/src/resize.cpp, 4.x: 8-bit linear in 11-bit
 * fixed point; area as means of pixels, weighted by what they share with the
 * output pixel; floats in f32. Of 120 million 8-bit values, none differed from
 * what OpenCV 4.10 and 5.0 make with their vector code. */
#include <math.h>
#include <stdlib.h>

#include "core/image/spans.h"

static long clamp(long i, long size) {
  return i < 0 ? 0 : i >= size ? size - 1 : i;
}

static double scale_of(long in_size, long out_size) {
  return 1.0 / ((double)out_size / (double)in_size);
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
  double scale = scale_of(in_size, out_size);
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

static vsg_status linear_fixed(const vsg_rows *out, const vsg_pixels *in,
                               bool area, vsg_error *err) {
  pair *columns = NULL, *rows = NULL;
  vsg_status status =
      pairs_new(&columns, in->width, out->width, area, true, err);
  if (!status) {
    status = pairs_new(&rows, in->height, out->height, area, false, err);
  }
  for (long y = out->first; y < out->end && !status; y++) {
    linear_row(vsg_rows_at(out, y), vsg_pixels_at(in, rows[y].at[0]),
               vsg_pixels_at(in, rows[y].at[1]), out->width, columns,
               rows[y].weight);
    vsg_rows_done(out, y);
  }
  free(columns);
  free(rows);
  return status;
}

/* ---- spans, for area and for all floats ---- */

/* What is covered less than this much is left out, as in OpenCV. */
static const double LEAST_COVER = 1e-3;

static vsg_span area_span(long i, long in_size, long out_size) {
  double scale = scale_of(in_size, out_size);
  double start = (double)i * scale, end = start + scale;
  double cell = fmin(scale, (double)in_size - start);
  long from = (long)ceil(start), to = (long)floor(end);
  vsg_span s;
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

static vsg_span place_span(long whole, float fraction, long in_size) {
  if (whole < 0 || whole >= in_size - 1) {
    return (vsg_span){clamp(whole, in_size), 1, 1.0f, 0.0f, 1.0f};
  }
  return (vsg_span){whole, 2, 1.0f - fraction, 0.0f, fraction};
}

/* For floats OpenCV does not round the place to f32 as it does for 8 bits. */
static vsg_span linear_span(long i, long in_size, long out_size) {
  double place = ((double)i + 0.5) * scale_of(in_size, out_size) - 0.5;
  long whole = (long)floor(place);
  return place_span(whole, (float)(place - (double)whole), in_size);
}

static vsg_span area_enlarging_span(long i, long in_size, long out_size) {
  float fraction;
  long whole = find_place(&fraction, i, scale_of(in_size, out_size), true);
  return place_span(whole, fraction, in_size);
}

/* ---- area of whole pixels, 8 bits ---- */

/* The mean of kx by ky pixels. */
static uint8_t block_mean(const uint8_t *p, long stride, long kx, long ky) {
  long sum = 0;
  for (long y = 0; y < ky; y++) {
    for (long x = 0; x < kx; x++) sum += p[y * stride + x * 3];
  }
  if (kx == 2 && ky == 2) return (uint8_t)((sum + 2) >> 2);
  return vsg_round8((float)sum * (1.0f / (float)(kx * ky)));
}

static void area_whole(const vsg_rows *out, const vsg_pixels *in, long kx,
                       long ky) {
  for (long y = out->first; y < out->end; y++) {
    const uint8_t *from = vsg_pixels_at(in, y * ky);
    uint8_t *to = vsg_rows_at(out, y);
    for (long x = 0; x < out->width; x++) {
      for (int c = 0; c < 3; c++) {
        *to++ = block_mean(from + x * kx * 3 + c, in->row, kx, ky);
      }
    }
    vsg_rows_done(out, y);
  }
}

/* ---- public ---- */

static bool enlarges(const vsg_rows *out, const vsg_pixels *in) {
  return out->width > in->width || out->height > in->height;
}

static bool halves(const vsg_rows *out, const vsg_pixels *in) {
  return in->width == 2 * out->width && in->height == 2 * out->height;
}

vsg_status vsg_resize_area_u8(const vsg_rows *out, const vsg_pixels *in,
                              vsg_error *err) {
  if (enlarges(out, in)) return linear_fixed(out, in, true, err);
  if (in->width % out->width || in->height % out->height) {
    return vsg_resize_spans(out, in, area_span, area_span, 1.0f, err);
  }
  area_whole(out, in, in->width / out->width, in->height / out->height);
  return VSG_OK;
}

/* OpenCV takes a linear halving for a case of INTER_AREA. */
vsg_status vsg_resize_linear_u8(const vsg_rows *out, const vsg_pixels *in,
                                vsg_error *err) {
  if (!halves(out, in)) return linear_fixed(out, in, false, err);
  area_whole(out, in, 2, 2);
  return VSG_OK;
}

vsg_status vsg_resize_area_f32(const vsg_rows *out, const vsg_pixels *in,
                               vsg_error *err) {
  vsg_span_of *span = enlarges(out, in) ? area_enlarging_span : area_span;
  return vsg_resize_spans(out, in, span, span, 1.0f, err);
}

vsg_status vsg_resize_linear_f32(const vsg_rows *out, const vsg_pixels *in,
                                 vsg_error *err) {
  return vsg_resize_spans(out, in, linear_span, linear_span, 1.0f, err);
}
