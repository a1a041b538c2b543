/* The walk over strided operands; see loop.h. */
#include "core/tensor/loop.h"

typedef struct walk {
  int operands;
  int dims;
  long shape[VSG_MAX_DIMS];
  long stride[VSG_MAX_DIMS][VSG_LOOP_OPERANDS]; /* elements */
} walk;

/* True when axis follows the walk's last axis without a gap in every operand.
 */
static bool joins(const walk *w, const vsg_tensor *const *tensors, int axis) {
  for (int k = 0; k < w->operands; k++) {
    const vsg_tensor *t = tensors[k];
    if (w->stride[w->dims - 1][k] != t->stride[axis] * t->shape[axis]) {
      return false;
    }
  }
  return true;
}

static void walk_init(walk *w, int operands, const vsg_tensor *const *tensors) {
  const vsg_tensor *t = tensors[0];
  w->operands = operands;
  w->dims = 0;
  for (int axis = 0; axis < t->dims; axis++) {
    if (t->shape[axis] == 1) continue;
    if (w->dims > 0 && joins(w, tensors, axis)) {
      w->shape[w->dims - 1] *= t->shape[axis];
    } else {
      w->shape[w->dims++] = t->shape[axis];
    }
    for (int k = 0; k < operands; k++) {
      w->stride[w->dims - 1][k] = tensors[k]->stride[axis];
    }
  }
  if (w->dims == 0) { /* a single element */
    w->dims = 1;
    w->shape[0] = 1;
    for (int k = 0; k < operands; k++) w->stride[0][k] = 1;
  }
}

/* Moves to the next row; false after the last one. index counts the outer
 * axes. */
static bool next_row(const walk *w, const size_t *bytes, long *index,
                     char **at) {
  for (int axis = w->dims - 2; axis >= 0; axis--) {
    bool more = ++index[axis] < w->shape[axis];
    long steps = more ? 1 : 1 - w->shape[axis];
    for (int k = 0; k < w->operands; k++) {
      at[k] += steps * w->stride[axis][k] * (long)bytes[k];
    }
    if (more) return true;
    index[axis] = 0;
  }
  return false;
}

void vsg_loop(int operands, const vsg_tensor *const *tensors, vsg_loop_row *row,
              void *context) {
  walk w;
  char *at[VSG_LOOP_OPERANDS] = {NULL};
  size_t bytes[VSG_LOOP_OPERANDS] = {0};
  long index[VSG_MAX_DIMS] = {0};
  if (vsg_tensor_numel(tensors[0]) == 0) return;
  walk_init(&w, operands, tensors);
  for (int k = 0; k < operands; k++) {
    at[k] = vsg_tensor_data(tensors[k]);
    bytes[k] = vsg_dtype_size(tensors[k]->dtype);
  }
  do {
    row(context, at, w.stride[w.dims - 1], w.shape[w.dims - 1]);
  } while (next_row(&w, bytes, index, at));
}
