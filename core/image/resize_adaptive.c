/* Adaptive average pooling as a resize (PyTorch's interpolate, mode "area"):
 * output pixel i is the plain mean of inputs floor(i * in / out) up to,
 * without, ceil((i + 1) * in / out). Neighbours may share inputs. Not OpenCV's
 * INTER_AREA, which weighs a shared input by its parts. */
#include "core/image/codec.h"

typedef struct range {
  long first, end;
} range;

static range range_of(long i, long in, long out) {
  return (range){i * in / out, ((i + 1) * in + out - 1) / out};
}

/* The loops are written once for both element types: the macro makes a function
 * NAME that fills out (H,W,3) from pixels of TYPE. Sums are f32, row by row, as
 * PyTorch's kernel for channels-last input adds them. */
#define POOL(NAME, TYPE)                                              \
  static void NAME(float *out, const TYPE *in, const long *out_shape, \
                   const long *in_shape) {                            \
    for (long y = 0; y < out_shape[0]; y++) {                         \
      range v = range_of(y, in_shape[0], out_shape[0]);               \
      for (long x = 0; x < out_shape[1]; x++, out += 3) {             \
        range h = range_of(x, in_shape[1], out_shape[1]);             \
        float sum[3] = {0};                                           \
        for (long j = v.first; j < v.end; j++) {                      \
          const TYPE *p = in + (j * in_shape[1] + h.first) * 3;       \
          for (long i = h.first; i < h.end; i++, p += 3) {            \
            for (int c = 0; c < 3; c++) sum[c] += (float)p[c];        \
          }                                                           \
        }                                                             \
        long count = (v.end - v.first) * (h.end - h.first);           \
        for (int c = 0; c < 3; c++) out[c] = sum[c] / (float)count;   \
      }                                                               \
    }                                                                 \
  }

POOL(pool_u8, uint8_t)
POOL(pool_f32, float)

vsg_status vsg_resize_adaptive_u8(vsg_tensor *out, const vsg_tensor *in,
                                  vsg_error *err) {
  (void)err;
  pool_u8(vsg_tensor_data(out), vsg_tensor_data(in), out->shape, in->shape);
  return VSG_OK;
}

vsg_status vsg_resize_adaptive_f32(vsg_tensor *out, const vsg_tensor *in,
                                   vsg_error *err) {
  (void)err;
  pool_f32(vsg_tensor_data(out), vsg_tensor_data(in), out->shape, in->shape);
  return VSG_OK;
}
