/* Arithmetic element by element, with numpy's broadcasting.
 *
 * Integers are computed in 64 bits and wrap to their dtype; f16 and bf16 are
 * computed in f32 and rounded once. maximum and minimum give NaN where either
 * operand is NaN. */
#ifndef VSG_TENSOR_ELEMENTWISE_H
#define VSG_TENSOR_ELEMENTWISE_H

#include "core/tensor/tensor.h"

typedef enum vsg_binary {
#define VSG_BINARY(name) VSG_BINARY_##name,
#define VSG_COMPARE(name) VSG_BINARY_##name,
#include "core/tensor/elementwise.def"
#undef VSG_BINARY
#undef VSG_COMPARE
  VSG_BINARY_COUNT
} vsg_binary;

typedef enum vsg_unary {
#define VSG_UNARY(name) VSG_UNARY_##name,
#include "core/tensor/elementwise.def"
#undef VSG_UNARY
  VSG_UNARY_COUNT
} vsg_unary;

/* True for eq, ne, lt, le, gt, ge. */
bool vsg_binary_compares(vsg_binary op);
const char *vsg_binary_name(vsg_binary op);

/* The dtype that holds both: the later one in dtype.def, but f32 for bf16 with
 * f16. */
vsg_dtype vsg_dtype_promote(vsg_dtype a, vsg_dtype b);

/* *dims and shape are what a and b broadcast to; VSG_SHAPE where they do not.
 */
vsg_status vsg_broadcast(int *dims, long *shape, const char *operation,
                         const vsg_tensor *a, const vsg_tensor *b,
                         vsg_error *err);

/* *out is a new tensor, NULL on failure. */
vsg_status vsg_tensor_binary(vsg_tensor **out, vsg_binary op,
                             const vsg_tensor *a, const vsg_tensor *b,
                             vsg_error *err);
vsg_status vsg_tensor_unary(vsg_tensor **out, vsg_unary op, const vsg_tensor *t,
                            vsg_error *err);

#endif
