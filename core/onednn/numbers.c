/* bf16 is the upper half of an f32. */
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

void vsg_dnn_widen(float *out, const void *in, dnnl_data_type_t type, long n) {
  if (type == dnnl_bf16) {
    widen_bf16(out, in, n);
  } else {
    memcpy(out, in, (size_t)n * sizeof *out);
  }
}

void vsg_dnn_narrow(void *out, const float *in, dnnl_data_type_t type, long n) {
  if (type == dnnl_bf16) {
    narrow_bf16(out, in, n);
  } else {
    memcpy(out, in, (size_t)n * sizeof *in);
  }
}
