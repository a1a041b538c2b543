/* One walk over the elements of up to three tensors of equal shape.
 *
 * Axes that lie behind one another in every operand are walked as one, so
 * contiguous operands become a single long row. */
#ifndef VSG_TENSOR_LOOP_H
#define VSG_TENSOR_LOOP_H

#include "core/tensor/tensor.h"

enum { VSG_LOOP_OPERANDS = 3 };

/* Works on a row of n elements; at[k] is operand k's first element and
 * stride[k] its stride in elements. */
typedef void vsg_loop_row(void *context, char *const at[VSG_LOOP_OPERANDS],
                          const long stride[VSG_LOOP_OPERANDS], long n);

/* Calls row for every row of the operands, in row-major order. */
void vsg_loop(int operands, const vsg_tensor *const *tensors, vsg_loop_row *row,
              void *context);

#endif
