/* The geometry of a window that slides over height and width: where padding
 * goes and how many places it has. Shared by conv2d and the pools, and by all
 * engines, so that no two of them disagree on it. */
#ifndef VSG_GRAPH_WINDOW_H
#define VSG_GRAPH_WINDOW_H

#include "core/graph/layer.h"

/* Index 0 is height, 1 is width. */
typedef struct vsg_window {
  long kernel[2], stride[2], dilation[2];
  long before[2], after[2]; /* padding, for this input size */
  long in[2], out[2];       /* sizes; VSG_OPEN with an open input */
} vsg_window;

/* Reads the parameters kernel, stride, pad and, where the layer has them,
 * dilation and ceil of the node, and resolves them for an input (N,C,H,W).
 * Fails when the window is larger than the padded input.
 *
 * "same_tf" is TensorFlow's SAME: ceil(in / stride) places, the padding that
 * takes split evenly with the odd row below and the odd column to the right.
 * ceil rounds the number of places up and then drops a last window that would
 * start outside the input and its padding before it, as Caffe and PyTorch. */
vsg_status vsg_window_of(vsg_window *out, const vsg_node *node,
                         const vsg_shape *in, vsg_error *err);

/* As vsg_window_of for a pool, whose padding must be smaller than its kernel:
 * then no window lies in padding alone. *shape is its result. */
vsg_status vsg_window_pool(vsg_window *out, vsg_shape *shape,
                           const vsg_node *node, const vsg_shape *in,
                           vsg_error *err);

/* The part of the window at place y, x (of the result) that lies inside the
 * image: rows from[0] to before to[0], columns from[1] to before to[1]. Without
 * dilation; never empty for a pool. */
void vsg_window_clip(long from[2], long to[2], const vsg_window *w, long y,
                     long x);

#endif
