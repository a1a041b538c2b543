/* bf16 is the upper half of an f32; see numbers.h. */
#include "core/onednn/numbers.h"

#include <stdint.h>
#include <string.h>

enum { HALF = 16, QUIET_NAN = 0x7fc0 };

VSG_EVERY_PROCESSOR static void widen_bf16(float *out, const uint16_t *in,
                                           long n) {
  for (long i = 0; i < n; i++) {
    uint32_t bits = (uint32_t)in[i] << HALF;
    memcpy(&out[i], &bits, sizeof bits);
  }
}

/* Adds just under half of the last place that stays, and a little more where
 * that place is odd, so that ties go to even. */
VSG_EVERY_PROCESSOR static void narrow_bf16(uint16_t *out, const float *in,
                                            long n) {
  for (long i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, &in[i], sizeof bits);
    uint32_t rounded = bits + 0x7fff + ((bits >> HALF) & 1);
    out[i] = (uint16_t)(in[i] == in[i] ? rounded >> HALF : QUIET_NAN);
  }
}

VSG_EVERY_PROCESSOR static void widen_s8(float *out, const int8_t *in,
                                         float scale, long n) {
  for (long i = 0; i < n; i++) out[i] = (float)in[i] * scale;
}

VSG_EVERY_PROCESSOR static void widen_u8(float *out, const uint8_t *in,
                                         float scale, long n) {
  for (long i = 0; i < n; i++) out[i] = (float)in[i] * scale;
}

enum { CHUNK = 256 };

/* The nearest whole numbers: from 2^23 to 2^24 floats are one apart. What is no
 * number becomes low. */
static inline void whole(int32_t out[CHUNK], const float *in, float factor,
                         float low, float high, long n) {
  const float shift = 12582912; /* 1.5 x 2^23 */
  for (long i = 0; i < n; i++) {
    float x = in[i] * factor;
    x = x > low ? x : low;
    x = x < high ? x : high;
    out[i] = (int32_t)((x + shift) - shift);
  }
}

/* Two loops a chunk: vectors of floats become vectors of bytes fastest so. */
VSG_EVERY_PROCESSOR static void narrow_s8(int8_t *out, const float *in,
                                          float scale, long n) {
  int32_t chunk[CHUNK];
  for (long i = 0; i < n; i += CHUNK) {
    long count = n - i < CHUNK ? n - i : CHUNK;
    whole(chunk, in + i, 1 / scale, INT8_MIN, INT8_MAX, count);
    for (long k = 0; k < count; k++) out[i + k] = (int8_t)chunk[k];
  }
}

VSG_EVERY_PROCESSOR static void narrow_u8(uint8_t *out, const float *in,
                                          float scale, long n) {
  int32_t chunk[CHUNK];
  for (long i = 0; i < n; i += CHUNK) {
    long count = n - i < CHUNK ? n - i : CHUNK;
    whole(chunk, in + i, 1 / scale, 0, UINT8_MAX, count);
    for (long k = 0; k < count; k++) out[i + k] = (uint8_t)chunk[k];
  }
}

void vsg_dnn_widen(float *out, const void *in, dnnl_data_type_t type,
                   float scale, long n) {
  switch (type) {
    case dnnl_bf16:
      widen_bf16(out, in, n);
      break;
    case dnnl_s8:
      widen_s8(out, in, scale, n);
      break;
    case dnnl_u8:
      widen_u8(out, in, scale, n);
      break;
    default:
      memcpy(out, in, (size_t)n * sizeof *out);
  }
}

void vsg_dnn_narrow(void *out, const float *in, dnnl_data_type_t type,
                    float scale, long n) {
  switch (type) {
    case dnnl_bf16:
      narrow_bf16(out, in, n);
      break;
    case dnnl_s8:
      narrow_s8(out, in, scale, n);
      break;
    case dnnl_u8:
      narrow_u8(out, in, scale, n);
      break;
    default:
      memcpy(out, in, (size_t)n * sizeof *in);
  }
}
