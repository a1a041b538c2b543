/* Resizing by weighted means; see spans.h. */
#include "core/image/spans.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/processor.h"

/* What one resize works with; in_row and sums are scratch of f32. */
typedef struct work {
  vsg_span *columns;
  float *in_row;  /* a row of input, and one number more */
  vsg_four *sums; /* per place of a result's row */
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

static vsg_status work_new(work *w, long width, long in_width,
                           vsg_span_of *columns, vsg_error *err) {
  size_t in_row = (size_t)in_width * 3 + 1, places = (size_t)width;
  w->columns = calloc(places, sizeof *w->columns);
  w->in_row = calloc(in_row, sizeof *w->in_row);
  w->sums = calloc(places, sizeof *w->sums);
  if (!w->columns || !w->in_row || !w->sums) {
    work_free(w);
    return vsg_fail_memory(
        err, "resize", in_row * sizeof(float) + places * sizeof(vsg_span) * 2);
  }
  for (long x = 0; x < width; x++) {
    w->columns[x] = held(columns(x, in_width, width), in_width);
  }
  return VSG_OK;
}

VSG_EVERY_PROCESSOR static void read_bytes(float *out, const uint8_t *in,
                                           long n) {
  for (long i = 0; i < n; i++) out[i] = (float)in[i];
}

/* A row as f32: itself, or in scratch. */
static const float *read_row(float *scratch, const vsg_pixels *in, long y) {
  if (in->dtype == VSG_u8) {
    read_bytes(scratch, vsg_pixels_at(in, y), in->width * 3);
  } else {
    memcpy(scratch, vsg_pixels_at(in, y),
           (size_t)in->width * 3 * sizeof *scratch);
  }
  return scratch;
}

static void write_row(void *out, vsg_dtype dtype, const vsg_four *sums,
                      float gain, long width) {
  uint8_t *bytes = out;
  float *floats = out;
  for (long x = 0; x < width; x++) {
    for (int c = 0; c < 3; c++) {
      float v = sums[x][c] * gain;
      if (dtype == VSG_u8) {
        bytes[x * 3 + c] = vsg_round8(v);
      } else {
        floats[x * 3 + c] = v;
      }
    }
  }
}

/* Adds weight times the means of one row of input to sums. */
static void add_row(vsg_four *sums, const float *row, long width,
                    const vsg_span *columns, float weight) {
  for (long x = 0; x < width; x++) {
    const vsg_span *s = &columns[x];
    const float *p = row + s->first * 3;
    vsg_four mean = {0};
    for (long j = 0; j < s->count; j++, p += 3) {
      mean += *(const vsg_four *)p * vsg_span_weight(s, j);
    }
    sums[x] += mean * weight;
  }
}

vsg_status vsg_resize_spans(const vsg_rows *out, const vsg_pixels *in,
                            vsg_span_of *columns, vsg_span_of *rows, float gain,
                            vsg_error *err) {
  work w;
  if (work_new(&w, out->width, in->width, columns, err)) return err->code;
  for (long y = out->first; y < out->end; y++) {
    vsg_span s = held(rows(y, in->height, out->height), in->height);
    memset(w.sums, 0, (size_t)out->width * sizeof *w.sums);
    for (long j = 0; j < s.count; j++) {
      add_row(w.sums, read_row(w.in_row, in, s.first + j), out->width,
              w.columns, vsg_span_weight(&s, j));
    }
    write_row(vsg_rows_at(out, y), out->dtype, w.sums, gain, out->width);
    vsg_rows_done(out, y);
  }
  work_free(&w);
  return VSG_OK;
}
