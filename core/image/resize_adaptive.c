/* Adaptive average pooling as a resize (PyTorch's interpolate, mode "area"):
 * output pixel i is the plain mean of inputs floor(i * in / out) up to,
 * without, ceil((i + 1) * in / out). Neighbours may share inputs. Not OpenCV's
 * INTER_AREA, which weighs a shared input by its parts. */
#include <stdlib.h>
#include <string.h>

#include "core/base/processor.h"
#include "core/image/codec.h"

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
static void pool_f32(float *out, const float *in, const long *out_shape,
                     const long *in_shape, const range *columns) {
  for (long y = 0; y < out_shape[0]; y++) {
    range v = range_of(y, in_shape[0], out_shape[0]);
    for (long x = 0; x < out_shape[1]; x++, out += 3) {
      range h = columns[x];
      float sum[3] = {0};
      for (long j = v.first; j < v.end; j++) {
        const float *p = in + (j * in_shape[1] + h.first) * 3;
        for (long i = h.first; i < h.end; i++, p += 3) {
          for (int c = 0; c < 3; c++) sum[c] += p[c];
        }
      }
      long count = (v.end - v.first) * (h.end - h.first);
      for (int c = 0; c < 3; c++) out[c] = sum[c] / (float)count;
    }
  }
}

vsg_status vsg_resize_adaptive_f32(vsg_tensor *out, const vsg_tensor *in,
                                   vsg_error *err) {
  range *columns = ranges_new(in->shape[1], out->shape[1]);
  if (!columns) return vsg_fail_memory(err, "resize", sizeof *columns);
  pool_f32(vsg_tensor_data(out), vsg_tensor_data(in), out->shape, in->shape,
           columns);
  free(columns);
  return VSG_OK;
}

/* ---- bytes ---- */

/* Sums of bytes are whole numbers, in f32 too up to windows of 2^16 pixels:
 * here the rows of a window are added first, whole rows at a time. */

VSG_EVERY_PROCESSOR static void add_row(uint32_t *sum, const uint8_t *in,
                                        long n) {
  for (long i = 0; i < n; i++) sum[i] += in[i];
}

static void sum_columns(float *out, const uint32_t *sum, const range *columns,
                        long width, long rows) {
  for (long x = 0; x < width; x++, out += 3) {
    range h = columns[x];
    uint32_t total[3] = {0};
    for (const uint32_t *p = sum + h.first * 3; p < sum + h.end * 3; p += 3) {
      for (int c = 0; c < 3; c++) total[c] += p[c];
    }
    float count = (float)(rows * (h.end - h.first));
    for (int c = 0; c < 3; c++) out[c] = (float)total[c] / count;
  }
}

vsg_status vsg_resize_adaptive_u8(vsg_tensor *out, const vsg_tensor *in,
                                  vsg_error *err) {
  long width = out->shape[1], line = in->shape[1] * 3;
  size_t bytes = (size_t)line * sizeof(uint32_t);
  range *columns = ranges_new(in->shape[1], width);
  uint32_t *sum = malloc(bytes);
  const uint8_t *from = vsg_tensor_data(in);
  float *to = vsg_tensor_data(out);
  vsg_status status = VSG_OK;
  if (!columns || !sum) status = vsg_fail_memory(err, "resize", bytes);
  for (long y = 0; !status && y < out->shape[0]; y++) {
    range v = range_of(y, in->shape[0], out->shape[0]);
    memset(sum, 0, bytes);
    for (long j = v.first; j < v.end; j++) add_row(sum, from + j * line, line);
    sum_columns(to + y * width * 3, sum, columns, width, v.end - v.first);
  }
  free(columns);
  free(sum);
  return status;
}
