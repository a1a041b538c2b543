/* Sums in double over two rows of numbers. */
#ifndef VSG_TENSOR_SUMS_H
#define VSG_TENSOR_SUMS_H

#include "core/tensor/tensor.h"

/* The dot product of a and b (D), both of dtype, f32 or f64. The order of the
 * terms depends on the processor and on D alone: equal rows, equal sums. */
double vsg_sum_dot(const void *a, const void *b, vsg_dtype dtype, long D);
/* The square of their distance, from differences: near rows keep their digits.
 */
double vsg_sum_gap(const void *a, const void *b, vsg_dtype dtype, long D);

#endif
