/* Conversion between dtypes: one loop for each pair, made by macro from the two
 * steps "widen to int64_t or double" and "narrow from it". See convert.h. */
#include "core/tensor/convert.h"

/* ---- widen ---- */

static inline int64_t widen_u8(uint8_t x) { return x; }
static inline int64_t widen_i32(int32_t x) { return x; }
static inline int64_t widen_i64(int64_t x) { return x; }
static inline double widen_f32(float x) { return x; }
static inline double widen_f64(double x) { return x; }
static inline double widen_f16(uint16_t x) {
  return vsg_half_to_f64(x, 10, 15);
}
static inline double widen_bf16(uint16_t x) {
  /* The float's other half is zero. */
  uint32_t bits = (uint32_t)x << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

/* ---- narrow an integer: wraps, or rounds once ---- */

static inline uint8_t u8_from_i64(int64_t x) { return (uint8_t)x; }
static inline int32_t i32_from_i64(int64_t x) { return (int32_t)x; }
static inline int64_t i64_from_i64(int64_t x) { return x; }
static inline float f32_from_i64(int64_t x) { return (float)x; }
static inline double f64_from_i64(int64_t x) { return (double)x; }
static inline uint16_t f16_from_i64(int64_t x) {
  return vsg_half_from_f64((double)x, 10, 15);
}
static inline uint16_t bf16_from_i64(int64_t x) {
  return vsg_half_from_f64((double)x, 7, 127);
}

/* ---- narrow a float: integers saturate, NaN becomes 0 ---- */

static inline uint8_t u8_from_f64(double x) {
  return x >= UINT8_MAX ? UINT8_MAX : x > 0 ? (uint8_t)x : 0;
}
static inline int32_t i32_from_f64(double x) {
  if (isnan(x)) return 0;
  return x >= INT32_MAX ? INT32_MAX : x > INT32_MIN ? (int32_t)x : INT32_MIN;
}
static inline int64_t i64_from_f64(double x) {
  if (isnan(x)) return 0;
  return x >= 0x1p63 ? INT64_MAX : x > -0x1p63 ? (int64_t)x : INT64_MIN;
}
static inline float f32_from_f64(double x) { return (float)x; }
static inline double f64_from_f64(double x) { return x; }
static inline uint16_t f16_from_f64(double x) {
  return vsg_half_from_f64(x, 10, 15);
}
static inline uint16_t bf16_from_f64(double x) {
  return vsg_half_from_f64(x, 7, 127);
}

/* ---- all pairs ---- */

/* The unit-stride loop is apart so that the compiler can vectorise it. */
#define CONVERT(to, from, wide)                                           \
  static void from##_to_##to(void *out, long so, const void *in, long si, \
                             long n) {                                    \
    vsg_type_##to *o = out;                                               \
    const vsg_type_##from *x = in;                                        \
    if (so == 1 && si == 1) {                                             \
      for (long i = 0; i < n; i++) {                                      \
        o[i] = to##_from_##wide(widen_##from(x[i]));                      \
      }                                                                   \
    } else {                                                              \
      for (long i = 0; i < n; i++) {                                      \
        o[i * so] = to##_from_##wide(widen_##from(x[i * si]));            \
      }                                                                   \
    }                                                                     \
  }
#define CONVERT_TO(to)   \
  CONVERT(to, u8, i64)   \
  CONVERT(to, i32, i64)  \
  CONVERT(to, i64, i64)  \
  CONVERT(to, bf16, f64) \
  CONVERT(to, f16, f64)  \
  CONVERT(to, f32, f64)  \
  CONVERT(to, f64, f64)
#define VSG_DTYPE(name, bytes) CONVERT_TO(name)
#include "core/tensor/dtype.def"
#undef VSG_DTYPE

typedef void convert_row(void *out, long so, const void *in, long si, long n);

static convert_row *const converters[VSG_DTYPE_COUNT][VSG_DTYPE_COUNT] = {
#define VSG_DTYPE(to, bytes)                                        \
  [VSG_##to] = {[VSG_u8] = u8_to_##to,   [VSG_i32] = i32_to_##to,   \
                [VSG_i64] = i64_to_##to, [VSG_bf16] = bf16_to_##to, \
                [VSG_f16] = f16_to_##to, [VSG_f32] = f32_to_##to,   \
                [VSG_f64] = f64_to_##to},
#include "core/tensor/dtype.def"
#undef VSG_DTYPE
};

/* ---- same dtype: bits are moved, whatever they mean ---- */

#define MOVE(bits)                                                     \
  static void move_##bits(void *out, long so, const void *in, long si, \
                          long n) {                                    \
    uint##bits##_t *o = out;                                           \
    const uint##bits##_t *x = in;                                      \
    for (long i = 0; i < n; i++) o[i * so] = x[i * si];                \
  }
MOVE(8)
MOVE(16)
MOVE(32)
MOVE(64)

static convert_row *const movers[] = {
    [1] = move_8, [2] = move_16, [4] = move_32, [8] = move_64};

void vsg_convert(void *out, vsg_dtype to, long out_stride, const void *in,
                 vsg_dtype from, long in_stride, long n) {
  size_t bytes = vsg_dtype_size(to);
  if (to != from) {
    converters[to][from](out, out_stride, in, in_stride, n);
  } else if (out_stride == 1 && in_stride == 1) {
    memmove(out, in, (size_t)n * bytes);
  } else {
    movers[bytes](out, out_stride, in, in_stride, n);
  }
}
