/* TensorFlow's tf.image.resize with AREA and tf.image.crop_and_resize with
 * bilinear, after what its CPU kernels resize_area_op and crop_and_resize_op
 * compute. Not OpenCV's INTER_AREA: enlarging repeats pixels and no cover is
 * too small to count. */
#include <math.h>
#include <string.h>

#include "core/image/codec.h"
#include "core/image/spans.h"

/* ---- area ---- */

/* How much of pixel i lies between from and to, which are scale apart. */
static float cover(long i, float from, float to, float scale) {
  float next = (float)(i + 1);
  if ((float)i < from) return next > to ? scale : next - from;
  return next > to ? to - (float)i : 1.0f;
}

static float scale_of(long in, long out) { return (float)in / (float)out; }

static vsg_span area_span(long i, long in, long out) {
  float scale = scale_of(in, out);
  float from = (float)i * scale, to = (float)(i + 1) * scale;
  long first = (long)floorf(from), end = (long)ceilf(to);
  vsg_span s = {first, end - first, 0.0f, 1.0f, 0.0f};
  s.head = cover(first, from, to, scale);
  s.tail = cover(end - 1, from, to, scale);
  if (end > in) { /* by rounding; the little over counts for the last pixel */
    s.count--;
    s.tail += 1.0f;
  }
  return s;
}

vsg_status vsg_resize_tf_area(const vsg_rows *out, const vsg_pixels *in,
                              vsg_error *err) {
  float down = scale_of(in->height, out->height);
  float right = scale_of(in->width, out->width);
  float share = (float)(1.0 / (double)(down * right));
  return vsg_resize_spans(out, in, area_span, area_span, share, err);
}

/* ---- crop and resize ---- */

/* Where an output position falls among the inputs of an axis. */
typedef struct place {
  long low, high;
  float fraction;
  bool inside;
} place;

/* Beyond 2^24 inputs the last place is rounded, and may be no input's. */
static long held(float at, long in) {
  return (long)at < in ? (long)at : in - 1;
}

/* from and to are the ends as fractions: 0 is the first pixel, 1 the last. A
 * single output position lies midway. */
static place place_of(long i, float from, float to, long in, long out) {
  float last = (float)(in - 1), at;
  if (out > 1) {
    float step = (to - from) * last / (float)(out - 1);
    at = from * last + (float)i * step;
  } else {
    at = (float)(0.5 * (double)(from + to) * (double)last);
  }
  if (!(at >= 0 && at <= last)) return (place){0};
  return (place){held(floorf(at), in), held(ceilf(at), in), at - floorf(at),
                 true};
}

static float between(float a, float b, float fraction) {
  return a + (b - a) * fraction;
}

static void sample(float out[3], const float *top, const float *bottom,
                   const place *x, float down) {
  long left = x->low * 3, right = x->high * 3;
  for (int c = 0; c < 3; c++) {
    out[c] = between(between(top[left + c], top[right + c], x->fraction),
                     between(bottom[left + c], bottom[right + c], x->fraction),
                     down);
  }
}

void vsg_crop_resize_rows(const vsg_rows *out, const vsg_pixels *in,
                          const double box[4]) {
  for (long i = out->first; i < out->end; i++) {
    float *to = vsg_rows_at(out, i);
    place y =
        place_of(i, (float)box[1], (float)box[3], in->height, out->height);
    const float *top = vsg_pixels_at(in, y.low);
    const float *bottom = vsg_pixels_at(in, y.high);
    memset(to, 0, (size_t)out->width * 3 * sizeof *to);
    for (long j = 0; j < out->width && y.inside; j++) {
      place x =
          place_of(j, (float)box[0], (float)box[2], in->width, out->width);
      if (x.inside) sample(to + j * 3, top, bottom, &x, y.fraction);
    }
    vsg_rows_done(out, i);
  }
}

vsg_status vsg_image_crop_resize(vsg_tensor **out, const vsg_tensor *image,
                                 const double box[4], long width, long height,
                                 vsg_error *err) {
  vsg_tensor *in;
  *out = NULL;
  if (vsg_image_input(&in, image, VSG_f32, "crop_resize", err)) {
    return err->code;
  }
  if (!vsg_image_new(out, VSG_f32, width, height, "crop_resize", err)) {
    vsg_pixels from = vsg_pixels_of(in, 0, 0, in->shape[1], in->shape[0]);
    vsg_rows rows = {.height = height,
                     .width = width,
                     .end = height,
                     .dtype = VSG_f32,
                     .image = vsg_tensor_data(*out)};
    vsg_crop_resize_rows(&rows, &from, box);
  }
  vsg_tensor_free(in);
  return *out ? VSG_OK : err->code;
}
