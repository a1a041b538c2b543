/* Elementwise kernels, made by macro from one expression each; see kernels.h.
 */
#include "core/tensor/kernels.h"

#include <math.h>

#include "core/tensor/convert.h"

/* ---- two operands: x and y in the expression ---- */

/* Rows that are contiguous, or one value repeated, have loops of their own so
 * that the compiler vectorises them. */
#define KERNEL(name, type, result, expression)                                \
  static void name##_##type(void *out, const void *a, long sa, const void *b, \
                            long sb, long n) {                                \
    result *o = out;                                                          \
    const vsg_type_##type *p = a, *q = b;                                     \
    if (sa == 1 && sb == 1) {                                                 \
      for (long i = 0; i < n; i++) {                                          \
        vsg_type_##type x = p[i], y = q[i];                                   \
        o[i] = expression;                                                    \
      }                                                                       \
    } else if (sa == 1 && sb == 0) {                                          \
      const vsg_type_##type y = *q;                                           \
      for (long i = 0; i < n; i++) {                                          \
        vsg_type_##type x = p[i];                                             \
        o[i] = expression;                                                    \
      }                                                                       \
    } else if (sa == 0 && sb == 1) {                                          \
      const vsg_type_##type x = *p;                                           \
      for (long i = 0; i < n; i++) {                                          \
        vsg_type_##type y = q[i];                                             \
        o[i] = expression;                                                    \
      }                                                                       \
    } else {                                                                  \
      for (long i = 0; i < n; i++) {                                          \
        vsg_type_##type x = p[i * sa], y = q[i * sb];                         \
        o[i] = expression;                                                    \
      }                                                                       \
    }                                                                         \
  }

/* Signed overflow is undefined in C; unsigned wraps. */
#define WRAP(x, op, y) (int64_t)((uint64_t)(x)op(uint64_t)(y))

#define FLOATS(name, in_f32, in_f64) \
  KERNEL(name, f32, float, in_f32)   \
  KERNEL(name, f64, double, in_f64)
#define ARITHMETIC(name, op)   \
  FLOATS(name, x op y, x op y) \
  KERNEL(name, i64, int64_t, WRAP(x, op, y))
#define EXTREME(name, op)                                          \
  FLOATS(name, x op y || x != x ? x : y, x op y || x != x ? x : y) \
  KERNEL(name, i64, int64_t, x op y ? x : y)
#define COMPARE(name, op)            \
  KERNEL(name, f32, uint8_t, x op y) \
  KERNEL(name, f64, uint8_t, x op y) \
  KERNEL(name, i64, uint8_t, x op y)

ARITHMETIC(add, +)
ARITHMETIC(sub, -)
ARITHMETIC(mul, *)
FLOATS(div, x / y, x / y)
FLOATS(pow, y == 2 ? x * x : powf(x, y), y == 2 ? x * x : pow(x, y))
EXTREME(maximum, >)
EXTREME(minimum, <)
COMPARE(eq, ==)
COMPARE(ne, !=)
COMPARE(lt, <)
COMPARE(le, <=)
COMPARE(gt, >)
COMPARE(ge, >=)

#define ROW(name)                                      \
  [VSG_BINARY_##name] = {[VSG_CLASS_i64] = name##_i64, \
                         [VSG_CLASS_f32] = name##_f32, \
                         [VSG_CLASS_f64] = name##_f64}
#define ROW_FLOATS(name) \
  [VSG_BINARY_##         \
      name] = {[VSG_CLASS_f32] = name##_f32, [VSG_CLASS_f64] = name##_f64}

vsg_binary_kernel *const vsg_binary_kernels[VSG_BINARY_COUNT][VSG_CLASS_COUNT] =
    {ROW(add),     ROW(sub),     ROW(mul), ROW_FLOATS(div), ROW_FLOATS(pow),
     ROW(maximum), ROW(minimum), ROW(eq),  ROW(ne),         ROW(lt),
     ROW(le),      ROW(gt),      ROW(ge)};

/* ---- one operand: x in the expression ---- */

#define UNARY(name, type, expression)                                    \
  static void name##_##type(void *out, const void *a, long sa, long n) { \
    vsg_type_##type *o = out;                                            \
    const vsg_type_##type *p = a;                                        \
    if (sa == 1) {                                                       \
      for (long i = 0; i < n; i++) {                                     \
        vsg_type_##type x = p[i];                                        \
        o[i] = expression;                                               \
      }                                                                  \
    } else {                                                             \
      for (long i = 0; i < n; i++) {                                     \
        vsg_type_##type x = p[i * sa];                                   \
        o[i] = expression;                                               \
      }                                                                  \
    }                                                                    \
  }

UNARY(neg, f32, -x)
UNARY(neg, f64, -x)
UNARY(neg, i64, WRAP(0, -, x))
UNARY(abs, f32, fabsf(x))
UNARY(abs, f64, fabs(x))
UNARY(abs, i64, x < 0 ? WRAP(0, -, x) : x)
UNARY(exp, f32, expf(x))
UNARY(exp, f64, exp(x))
UNARY(log, f32, logf(x))
UNARY(log, f64, log(x))
UNARY(sqrt, f32, sqrtf(x))
UNARY(sqrt, f64, sqrt(x))

vsg_unary_kernel *const vsg_unary_kernels[VSG_UNARY_COUNT][VSG_CLASS_COUNT] = {
    [VSG_UNARY_neg] = {neg_i64, neg_f32, neg_f64},
    [VSG_UNARY_abs] = {abs_i64, abs_f32, abs_f64},
    [VSG_UNARY_exp] = {NULL, exp_f32, exp_f64},
    [VSG_UNARY_log] = {NULL, log_f32, log_f64},
    [VSG_UNARY_sqrt] = {NULL, sqrt_f32, sqrt_f64}};
