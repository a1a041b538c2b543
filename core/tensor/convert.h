/* Conversion of rows of elements between dtypes; the C type of each dtype.
 *
 * f16 is IEEE 754 binary16 and bf16 the upper half of binary32, both kept in
 * uint16_t. No hardware support for either is assumed. */
#ifndef VSG_TENSOR_CONVERT_H
#define VSG_TENSOR_CONVERT_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/tensor/tensor.h"

typedef uint8_t vsg_type_u8;
typedef int32_t vsg_type_i32;
typedef int64_t vsg_type_i64;
typedef uint16_t vsg_type_bf16;
typedef uint16_t vsg_type_f16;
typedef float vsg_type_f32;
typedef double vsg_type_f64;

/* out[i * out_stride] = in[i * in_stride] for i in 0 .. n - 1; strides count
 * elements. Rounding as vsg_tensor_to says. The rows may be the same memory
 * where dtypes and strides are equal. */
void vsg_convert(void *out, vsg_dtype to, long out_stride, const void *in,
                 vsg_dtype from, long in_stride, long n);

/* The 16 bits of x in a format with so many mantissa bits and that exponent
 * bias, rounded to nearest even; f16 is (10, 15), bf16 (7, 127). */
static inline uint16_t vsg_half_from_f64(double x, int mantissa, int bias) {
  const int drop = 52 - mantissa; /* bits of a double's mantissa that go */
  const int infinity = (2 * bias + 1) << mantissa;
  double magnitude = fabs(x);
  uint64_t bits, rounded;
  uint16_t sign = signbit(x) ? 0x8000 : 0;
  if (isnan(x)) return (uint16_t)(sign | infinity | 1 << (mantissa - 1));
  memcpy(&bits, &magnitude, sizeof bits);
  if ((int)(bits >> 52) <= 1023 - bias) {
    /* Subnormal: a multiple of 2^(1 - bias - mantissa). Rounding up to the
     * smallest normal number carries into the exponent as it should. */
    return (uint16_t)(sign | (int)rint(ldexp(magnitude, bias - 1 + mantissa)));
  }
  rounded = bits + (UINT64_C(1) << (drop - 1)) - 1 + (bits >> drop & 1);
  rounded = (rounded >> drop) - ((uint64_t)(1023 - bias) << mantissa);
  if (rounded >= (uint64_t)infinity) return (uint16_t)(sign | infinity);
  return (uint16_t)(sign | rounded);
}

static inline double vsg_half_to_f64(uint16_t half, int mantissa, int bias) {
  uint64_t magnitude = half & 0x7fff, bits;
  double x;
  if (magnitude >> mantissa == 0) {
    x = ldexp((double)magnitude, 1 - bias - mantissa);
  } else {
    bits = (magnitude << (52 - mantissa)) + ((uint64_t)(1023 - bias) << 52);
    /* Infinity and NaN have all exponent bits set, here and there. */
    if (magnitude >> mantissa == 2 * (uint64_t)bias + 1) {
      bits |= UINT64_C(0x7ff) << 52;
    }
    memcpy(&x, &bits, sizeof x);
  }
  return half & 0x8000 ? -x : x;
}

#endif
