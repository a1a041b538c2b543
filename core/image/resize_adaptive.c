/* Adaptive average pooling as a resize (PyTorch's interpolate, mode "area"):
 * output pixel i is the plain mean of inputs floor(i * in / out) up to,
 * without, ceil((i + 1) * in / out). Neighbours may share inputs. Not OpenCV's
 * INTER_AREA, which weighs a shared input by its parts. */
#include <stdlib.h>
#include <string.h>

#include "core/base/processor.h"
#include "core/image/rows.h"

typedef struct range {
  long first, end;
} range;

static range range_of(long i, long in, long out) {
  return (range){i * in / out, ((i + 1) * in + out - 1) / out};
}

/* The ranges of every output position of an axis; to be freed. */
static range *ranges_new(long in, long out) {
  range *r = calloc((size_t)out, sizeof *r);
  for (long i = 0; r && i < out; i++) r[i] = range_of(i, in, out);
  return r;
}

/* ---- floats ---- */

/* Sums are f32, row by row, as PyTorch's kernel for channels-last input adds
 * them. */
static void pool_row(float *out, const vsg_pixels *in, range v,
                     const range *columns, long width) {
  for (long x = 0; x < width; x++, out += 3) {
    range h = columns[x];
    float sum[3] = {0};
    for (long j = v.first; j < v.end; j++) {
      const float *p = vsg_pixels_at(in, j);
      for (long i = h.first; i < h.end; i++) {
        for (int c = 0; c < 3; c++) sum[c] += p[i * 3 + c];
      }
    }
    long count = (v.end - v.first) * (h.end - h.first);
    for (int c = 0; c < 3; c++) out[c] = sum[c] / (float)count;
  }
}

vsg_status vsg_resize_adaptive_f32(const vsg_rows *out, const vsg_pixels *in,
                                   vsg_error *err) {
  range *columns = ranges_new(in->width, out->width);
  if (!columns) return vsg_fail_memory(err, "resize", sizeof *columns);
  for (long y = out->first; y < out->end; y++) {
    pool_row(vsg_rows_at(out, y), in, range_of(y, in->height, out->height),
             columns, out->width);
    vsg_rows_done(out, y);
  }
  free(columns);
  return VSG_OK;
}

/* ---- bytes ---- */

/* Sums of bytes are whole numbers, in f32 too up to windows of 2^16 pixels:
 * here the rows of a window are added first, whole rows at a time. */

/* What the rows of one resize share. */
typedef struct work {
  range *columns;
  float *count;    /* per number of a result's row: columns of its window */
  uint32_t *sum;   /* per number of an input's row, and one more */
  uint32_t *total; /* per number of a result's row, and one more */
} work;

static void work_free(work *w) {
  free(w->columns);
  free(w->count);
  free(w->sum);
  free(w->total);
}

static vsg_status work_new(work *w, long width, long in_width, vsg_error *err) {
  size_t numbers = (size_t)width * 3 + 1, in = (size_t)in_width * 3 + 1;
  w->columns = ranges_new(in_width, width);
  w->count = malloc(numbers * sizeof *w->count);
  w->sum = malloc(in * sizeof *w->sum);
  w->total = malloc(numbers * sizeof *w->total);
  if (!w->columns || !w->count || !w->sum || !w->total) {
    work_free(w);
    return vsg_fail_memory(err, "resize", (numbers + in) * sizeof *w->sum);
  }
  w->sum[in - 1] = 0;
  for (long i = 0; i < width * 3; i++) {
    range h = w->columns[i / 3];
    w->count[i] = (float)(h.end - h.first);
  }
  return VSG_OK;
}

/* sum of the rows, which are so far apart; n numbers each. */
VSG_EVERY_PROCESSOR static void add_rows(uint32_t *restrict sum,
                                         const uint8_t *restrict in, long rows,
                                         long row, long n) {
  long j = rows % 2;
  if (j) {
    for (long i = 0; i < n; i++) sum[i] = in[i];
  } else {
    for (long i = 0; i < n; i++) sum[i] = 0;
  }
  for (; j < rows; j += 2) {
    const uint8_t *a = in + j * row, *b = a + row;
    for (long i = 0; i < n; i++) sum[i] += (uint16_t)(a[i] + b[i]);
  }
}

/* Four channels at a time: the fourth is overwritten by the next pixel's. */
static void add_columns(uint32_t *total, const uint32_t *sum,
                        const range *columns, long width) {
  for (long x = 0; x < width; x++) {
    const uint32_t *p = sum + columns[x].first * 3;
    const uint32_t *end = sum + columns[x].end * 3;
    vsg_four_sums all = *(const vsg_four_sums *)p;
    for (p += 3; p < end; p += 3) all += *(const vsg_four_sums *)p;
    *(vsg_four_sums *)(total + x * 3) = all;
  }
}

VSG_EVERY_PROCESSOR static void divide(float *out, const uint32_t *total,
                                       const float *count, float rows, long n) {
  for (long i = 0; i < n; i++) out[i] = (float)total[i] / (rows * count[i]);
}

vsg_status vsg_resize_adaptive_u8(const vsg_rows *out, const vsg_pixels *in,
                                  vsg_error *err) {
  work w;
  long n = in->width * 3;
  if (work_new(&w, out->width, in->width, err)) return err->code;
  for (long y = out->first; y < out->end; y++) {
    range v = range_of(y, in->height, out->height);
    long rows = v.end - v.first;
    add_rows(w.sum, vsg_pixels_at(in, v.first), rows, in->row, n);
    add_columns(w.total, w.sum, w.columns, out->width);
    divide(vsg_rows_at(out, y), w.total, w.count, (float)rows, out->width * 3);
    vsg_rows_done(out, y);
  }
  work_free(&w);
  return VSG_OK;
}
