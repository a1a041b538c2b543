/* Sums in double over two rows; see sums.h. */
#include "core/tensor/sums.h"

#include "core/base/processor.h"

/* The same loops for both types. */
#define SUMS(type, dot, gap)                                                   \
  VSG_EVERY_PROCESSOR static double dot(const type *a, const type *b,          \
                                        long D) {                              \
    double sum = 0;                                                            \
    _Pragma("omp simd reduction(+ : sum)") for (long d = 0; d < D; d++) sum += \
        (double)a[d] * (double)b[d];                                           \
    return sum;                                                                \
  }                                                                            \
  VSG_EVERY_PROCESSOR static double gap(const type *a, const type *b,          \
                                        long D) {                              \
    double sum = 0;                                                            \
    _Pragma("omp simd reduction(+ : sum)") for (long d = 0; d < D; d++) {      \
      double x = (double)a[d] - (double)b[d];                                  \
      sum += x * x;                                                            \
    }                                                                          \
    return sum;                                                                \
  }
SUMS(float, dot_narrow, gap_narrow)
SUMS(double, dot_wide, gap_wide)

double vsg_sum_dot(const void *a, const void *b, vsg_dtype dtype, long D) {
  return dtype == VSG_f32 ? dot_narrow(a, b, D) : dot_wide(a, b, D);
}

double vsg_sum_gap(const void *a, const void *b, vsg_dtype dtype, long D) {
  return dtype == VSG_f32 ? gap_narrow(a, b, D) : gap_wide(a, b, D);
}
