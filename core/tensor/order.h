/* What depends on the order of elements along an axis: max, min and their
 * positions, sort, the k greatest.
 *
 * NaN counts as greater than every number when sorting, and is what max and min
 * find, as in numpy. -0 equals 0. Equal elements keep their order, and of equal
 * extremes the first is found. */
#ifndef VSG_TENSOR_ORDER_H
#define VSG_TENSOR_ORDER_H

#include "core/tensor/tensor.h"

typedef enum vsg_order_op {
  VSG_ORDER_max,
  VSG_ORDER_min,
  VSG_ORDER_ascending,
  VSG_ORDER_descending,
  VSG_ORDER_topk
} vsg_order_op;

/* *values (dtype of t) and *indices (i64, from 0) hold the first k elements of
 * t along axis in that order: k is 1 for max and min, and the axis's size for
 * ascending and descending. Both are new and contiguous, NULL on failure. name
 * is the operation's in errors. */
vsg_status vsg_tensor_order(vsg_tensor **values, vsg_tensor **indices,
                            const char *name, vsg_order_op op,
                            const vsg_tensor *t, int axis, long k,
                            vsg_error *err);

#endif
