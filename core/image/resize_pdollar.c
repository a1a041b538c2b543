/* imResample of Piotr Dollar's Matlab toolbox, method "bilinear" on singles,
 * after its imResampleMex.cpp (version 3.00): means weighted by what inputs
 * share with the output pixel along an axis that shrinks, bilinear along one
 * that does not. */
#include "core/image/spans.h"

/* What is covered less than this share of a pixel is left out. */
static const float LEAST_COVER = 1e-3f;
/* The toolbox's guard against results above the largest input. */
static const float GUARD = (float)(1 + 1e-6);
/* An axis that shrinks by exactly 2, 3 or 4 is summed unweighted. */
enum { WHOLE_LEAST = 2, WHOLE_MOST = 4 };

/* How many times in holds out when that is 2, 3 or 4, else 0. */
static long whole_factor(long in, long out) {
  for (long k = WHOLE_LEAST; k <= WHOLE_MOST; k++) {
    if (in == k * out) return k;
  }
  return 0;
}

static vsg_span shrinking_span(long i, long in, long out) {
  float scale = (float)out / (float)in, step = 1.0f / scale;
  float from = (float)i * step, to = from + step, sum = 0.0f;
  long first = (long)ceilf(from), last = (long)to;
  float before = ((float)first - from) * scale;
  float after = (to - (float)last) * scale;
  vsg_span s = {first, last - first, scale, scale, scale};
  if (before > LEAST_COVER * scale && first > 0) {
    s.head = before;
    s.first--;
    s.count++;
  }
  if (after > LEAST_COVER * scale && last < in) {
    s.tail = after;
    s.count++;
  }
  for (long j = 0; j < s.count; j++) sum += vsg_span_weight(&s, j);
  if (sum > 1.0f) {
    s.head /= sum;
    s.middle /= sum;
    s.tail /= sum;
  }
  return s;
}

static vsg_span enlarging_span(long i, long in, long out) {
  float step = 1.0f / ((float)out / (float)in);
  float at = (0.5f + (float)i) * step - 0.5f;
  long whole = (long)floorf(at);
  float near = 1.0f - (at - (float)whole);
  if (whole < 0) return (vsg_span){0, 1, 1.0f, 0.0f, 1.0f};
  if (whole >= in - 1) return (vsg_span){in - 1, 1, 1.0f, 0.0f, 1.0f};
  return (vsg_span){whole, 2, near, 0.0f, 1.0f - near};
}

static vsg_span span_of(long i, long in, long out) {
  long factor = whole_factor(in, out);
  if (factor) return (vsg_span){i * factor, factor, 1.0f, 1.0f, 1.0f};
  return in > out ? shrinking_span(i, in, out) : enlarging_span(i, in, out);
}

vsg_status vsg_resize_pdollar(const vsg_rows *out, const vsg_pixels *in,
                              vsg_error *err) {
  long down = whole_factor(in->height, out->height);
  long right = whole_factor(in->width, out->width);
  float gain = 1.0f / GUARD;
  if (down) gain /= (float)down;
  if (right) gain /= (float)right;
  if (in->height == out->height && in->width == out->width) {
    gain = 1.0f; /* imResample.m hands such an image back as it is */
  }
  return vsg_resize_spans(out, in, span_of, span_of, gain, err);
}
