/* Resizing by weighted means, for the filters that differ only in which inputs
 * an output position has and how they weigh: the axes are independent, sums are
 * f32, along the rows first. */
#ifndef VSG_IMAGE_SPANS_H
#define VSG_IMAGE_SPANS_H

#include <math.h>

#include "core/image/rows.h"

/* The inputs of an output position: count of them from first, at least one; the
 * first and the last have weights of their own, a single one has head. */
typedef struct vsg_span {
  long first, count;
  float head, middle, tail;
} vsg_span;

/* The weight of input first + j. */
static inline float vsg_span_weight(const vsg_span *s, long j) {
  return j == 0 ? s->head : j == s->count - 1 ? s->tail : s->middle;
}

/* v as a byte: to nearest, halves to even, held within 0..255. */
static inline uint8_t vsg_round8(float v) {
  long whole = lrintf(v);
  return (uint8_t)(whole < 0 ? 0 : whole > 255 ? 255 : whole);
}

/* The span of output position i on an axis of in inputs and out outputs. */
typedef vsg_span vsg_span_of(long i, long in, long out);

/* Fills out, u8 or f32, from in, u8 or f32: the weighted sums times gain. */
vsg_status vsg_resize_spans(const vsg_rows *out, const vsg_pixels *in,
                            vsg_span_of *columns, vsg_span_of *rows, float gain,
                            vsg_error *err);

#endif
