/* The innermost loops of elementwise.h, one per operation and class of
 * arithmetic. Rows in other dtypes are converted before they come here. */
#ifndef VSG_TENSOR_KERNELS_H
#define VSG_TENSOR_KERNELS_H

#include "core/tensor/elementwise.h"

/* The dtypes that are computed in. */
typedef enum vsg_class {
  VSG_CLASS_i64,
  VSG_CLASS_f32,
  VSG_CLASS_f64,
  VSG_CLASS_COUNT
} vsg_class;

/* out[i] = op(a[i * sa], b[i * sb]) */
typedef void vsg_binary_kernel(void *out, const void *a, long sa, const void *b,
                               long sb, long n);
/* out[i] = op(a[i * sa]) */
typedef void vsg_unary_kernel(void *out, const void *a, long sa, long n);

/* NULL for integer div, pow, exp, log and sqrt, which are done in f32. */
extern vsg_binary_kernel
    *const vsg_binary_kernels[VSG_BINARY_COUNT][VSG_CLASS_COUNT];
extern vsg_unary_kernel
    *const vsg_unary_kernels[VSG_UNARY_COUNT][VSG_CLASS_COUNT];

#endif
