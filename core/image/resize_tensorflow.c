/* TensorFlow's tf.image.resize with AREA and tf.image.crop_and_resize with
 * bilinear, after what its CPU kernels resize_area_op and crop_and_resize_op
 * compute. Not OpenCV's INTER_AREA: enlarging repeats pixels and no cover is
 * too small to count. */
#include <math.h>

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

vsg_status vsg_resize_tf_area(vsg_tensor *out, const vsg_tensor *in,
                              vsg_error *err) {
  float down = scale_of(in->shape[0], out->shape[0]);
  float right = scale_of(in->shape[1], out->shape[1]);
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

/* rows is the input's pixels (H,W,3) of that width. */
static void sample(float out[3], const float *rows, long width, const place *y,
                   const place *x) {
  const float *top = rows + y->low * width * 3;
  const float *bottom = rows + y->high * width * 3;
  long left = x->low * 3, right = x->high * 3;
  for (int c = 0; c < 3; c++) {
    out[c] = between(between(top[left + c], top[right + c], x->fraction),
                     between(bottom[left + c], bottom[right + c], x->fraction),
                     y->fraction);
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
    float *to = vsg_tensor_data(*out);
    for (long i = 0; i < height; i++) {
      place y = place_of(i, (float)box[1], (float)box[3], in->shape[0], height);
      for (long j = 0; j < width; j++, to += 3) {
        place x =
            place_of(j, (float)box[0], (float)box[2], in->shape[1], width);
        if (y.inside && x.inside) {
          sample(to, vsg_tensor_data(in), in->shape[1], &y, &x);
        }
      }
    }
  }
  vsg_tensor_free(in);
  return *out ? VSG_OK : err->code;
}
