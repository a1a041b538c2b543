/* Resizing by weighted means; see spans.h. */
#include "core/image/spans.h"

#include <stdlib.h>

/* What one resize works with; the rows are scratch of f32. */
typedef struct work {
  vsg_span *columns;
  float *in_row, *sums;
} work;

static void work_free(work *w) {
  free(w->columns);
  free(w->in_row);
  free(w->sums);
}

/* Filters that find their places in f32 round them beyond 2^24 inputs; no
 * rounding may leave the image. */
static vsg_span held(vsg_span s, long in) {
  if (s.first > in - 1) s.first = in - 1;
  if (s.count > in - s.first) s.count = in - s.first;
  if (s.count < 1) s.count = 1;
  return s;
}

static vsg_status work_new(work *w, const vsg_tensor *out, const vsg_tensor *in,
                           vsg_span_of *columns, vsg_error *err) {
  size_t in_row = (size_t)in->shape[1] * 3, width = (size_t)out->shape[1];
  w->columns = calloc(width, sizeof *w->columns);
  w->in_row = calloc(in_row, sizeof *w->in_row);
  w->sums = calloc(width * 3, sizeof *w->sums);
  if (!w->columns || !w->in_row || !w->sums) {
    work_free(w);
    return vsg_fail_memory(
        err, "resize",
        (in_row + width * 3) * sizeof(float) + width * sizeof *w->columns);
  }
  for (long x = 0; x < out->shape[1]; x++) {
    w->columns[x] = held(columns(x, in->shape[1], out->shape[1]), in->shape[1]);
  }
  return VSG_OK;
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

static void write_row(vsg_tensor *out, const float *sums, float gain, long y) {
  long n = out->shape[1] * 3;
  if (out->dtype == VSG_u8) {
    uint8_t *to = vsg_tensor_data(out);
    for (long i = 0; i < n; i++) to[y * n + i] = vsg_round8(sums[i] * gain);
  } else {
    float *to = vsg_tensor_data(out);
    for (long i = 0; i < n; i++) to[y * n + i] = sums[i] * gain;
  }
}

/* Adds weight times the means of one row of input to sums (width * 3). */
static void add_row(float *sums, const float *row, long width,
                    const vsg_span *columns, float weight) {
  for (long x = 0; x < width; x++) {
    const vsg_span *s = &columns[x];
    const float *p = row + s->first * 3;
    float mean[3] = {0};
    for (long j = 0; j < s->count; j++, p += 3) {
      float w = vsg_span_weight(s, j);
      for (int c = 0; c < 3; c++) mean[c] += p[c] * w;
    }
    for (int c = 0; c < 3; c++) sums[x * 3 + c] += mean[c] * weight;
  }
}

vsg_status vsg_resize_spans(vsg_tensor *out, const vsg_tensor *in,
                            vsg_span_of *columns, vsg_span_of *rows, float gain,
                            vsg_error *err) {
  work w;
  if (work_new(&w, out, in, columns, err)) return err->code;
  for (long y = 0; y < out->shape[0]; y++) {
    vsg_span s = held(rows(y, in->shape[0], out->shape[0]), in->shape[0]);
    for (long i = 0; i < out->shape[1] * 3; i++) w.sums[i] = 0.0f;
    for (long j = 0; j < s.count; j++) {
      read_row(w.in_row, in, s.first + j);
      add_row(w.sums, w.in_row, out->shape[1], w.columns,
              vsg_span_weight(&s, j));
    }
    write_row(out, w.sums, gain, y);
  }
  work_free(&w);
  return VSG_OK;
}
