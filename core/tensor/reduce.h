/* Sums over an axis and what is made of them: mean, variance, p-norm.
 *
 * Floats are summed in f64 and rounded once, integers exactly in i64. NaN
 * anywhere on the axis gives NaN. max, min and their positions: order.h. */
#ifndef VSG_TENSOR_REDUCE_H
#define VSG_TENSOR_REDUCE_H

#include "core/tensor/tensor.h"

typedef enum vsg_reduce_op {
  VSG_REDUCE_sum,  /* of integers: i64 */
  VSG_REDUCE_mean, /* of integers: f32, as for the others */
  VSG_REDUCE_var,  /* mean squared distance from the mean */
  VSG_REDUCE_norm  /* (sum |x|^p)^(1/p) */
} vsg_reduce_op;

typedef struct vsg_reduction {
  vsg_reduce_op op;
  int axis;
  bool keep;   /* the axis stays, with size 1 */
  bool wide;   /* float results are f64, whatever the tensor is */
  double ddof; /* var divides by n - ddof; 0 is the population's variance */
  double p;    /* norm; 0 < p < infinity */
} vsg_reduction;

const char *vsg_reduce_name(vsg_reduce_op op);

/* *out is a new tensor, NULL on failure. An empty axis sums to 0 and has a mean
 * and variance of NaN. */
vsg_status vsg_tensor_reduce(vsg_tensor **out, const vsg_tensor *t,
                             const vsg_reduction *r, vsg_error *err);

#endif
