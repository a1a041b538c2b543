/* Views: other shapes and strides on the same storage; see tensor.h. */
#include <string.h>

#include "core/base/size.h"
#include "core/tensor/tensor.h"

vsg_status vsg_axis_check(const char *operation, const vsg_tensor *t, int axis,
                          vsg_error *err) {
  if (axis >= 0 && axis < t->dims) return VSG_OK;
  return vsg_fail(err, VSG_SHAPE, "%s: axis %d, tensor has %d axes (1..%d)",
                  operation, axis + 1, t->dims, t->dims);
}

static void drop_axis(vsg_tensor *t, int axis) {
  size_t after = (size_t)(t->dims - axis - 1);
  memmove(t->shape + axis, t->shape + axis + 1, after * sizeof t->shape[0]);
  memmove(t->stride + axis, t->stride + axis + 1, after * sizeof t->stride[0]);
  t->dims--;
}

/* Copies shape to full with the one -1 replaced by what n elements leave. */
static vsg_status complete_shape(long *full, const vsg_tensor *t, int dims,
                                 const long *shape, vsg_error *err) {
  char from[VSG_SHAPE_TEXT], to[VSG_SHAPE_TEXT];
  long n = vsg_tensor_numel(t), known = 1, span = 1;
  int open = -1;
  bool fits = dims <= VSG_MAX_DIMS;
  for (int i = 0; i < dims && fits; i++) {
    full[i] = shape[i];
    if (shape[i] == -1 && open < 0) {
      open = i;
    } else {
      /* A zero must not hide that the strides beside it overflow. */
      fits = shape[i] >= 0 && vsg_long_mul(&known, known, shape[i]) &&
             (shape[i] == 0 || vsg_long_mul(&span, span, shape[i]));
    }
  }
  if (fits && open >= 0 && known > 0 && n % known == 0) {
    full[open] = n / known;
    return VSG_OK;
  }
  if (fits && open < 0 && known == n) return VSG_OK;
  return vsg_fail(err, VSG_SHAPE, "reshape: %s has %ld elements, %s does not",
                  vsg_shape_text(from, t->dims, t->shape), n,
                  vsg_shape_text(to, dims, shape));
}

vsg_status vsg_tensor_reshape(vsg_tensor **out, const vsg_tensor *t, int dims,
                              const long *shape, vsg_error *err) {
  long full[VSG_MAX_DIMS], stride = 1;
  vsg_tensor *v;
  *out = NULL;
  if (complete_shape(full, t, dims, shape, err)) return err->code;
  if (vsg_tensor_contiguous(&v, t, err)) return err->code;
  v->dims = dims;
  for (int i = dims - 1; i >= 0; i--) {
    v->shape[i] = full[i];
    v->stride[i] = stride;
    if (full[i] > 0) stride *= full[i];
  }
  *out = v;
  return VSG_OK;
}

vsg_status vsg_tensor_permute(vsg_tensor **out, const vsg_tensor *t,
                              const int *order, vsg_error *err) {
  bool seen[VSG_MAX_DIMS] = {false};
  *out = NULL;
  for (int i = 0; i < t->dims; i++) {
    if (vsg_axis_check("permute", t, order[i], err)) return err->code;
    if (seen[order[i]]) {
      return vsg_fail(err, VSG_SHAPE, "permute: axis %d comes twice",
                      order[i] + 1);
    }
    seen[order[i]] = true;
  }
  if (vsg_tensor_view(out, t, err)) return err->code;
  for (int i = 0; i < t->dims; i++) {
    (*out)->shape[i] = t->shape[order[i]];
    (*out)->stride[i] = t->stride[order[i]];
  }
  return VSG_OK;
}

vsg_status vsg_tensor_narrow(vsg_tensor **out, const vsg_tensor *t, int axis,
                             long start, long length, vsg_error *err) {
  return vsg_tensor_slice(out, t, axis, start, length, 1, err);
}

vsg_status vsg_tensor_slice(vsg_tensor **out, const vsg_tensor *t, int axis,
                            long start, long length, long step,
                            vsg_error *err) {
  *out = NULL;
  if (vsg_axis_check("narrow", t, axis, err)) return err->code;
  if (step < 1) {
    return vsg_fail(err, VSG_ARGUMENT, "narrow: step %ld, wants 1 or more",
                    step);
  }
  long size = t->shape[axis];
  if (start < 0 || length < 0 || start > size ||
      (length > 0 &&
       (start == size || length - 1 > (size - 1 - start) / step))) {
    return vsg_fail(err, VSG_SHAPE,
                    "narrow: %ld elements from %ld by %ld, axis %d has %ld",
                    length, start + 1, step, axis + 1, size);
  }
  if (vsg_tensor_view(out, t, err)) return err->code;
  /* An empty view keeps its offset inside the storage. */
  if (length > 0) (*out)->offset += start * t->stride[axis];
  (*out)->shape[axis] = length;
  (*out)->stride[axis] = length > 1 ? t->stride[axis] * step : t->stride[axis];
  return VSG_OK;
}

vsg_status vsg_tensor_select(vsg_tensor **out, const vsg_tensor *t, int axis,
                             long index, vsg_error *err) {
  *out = NULL;
  if (vsg_axis_check("select", t, axis, err)) return err->code;
  if (index < 0 || index >= t->shape[axis]) {
    return vsg_fail(err, VSG_SHAPE, "select: index %ld, axis %d has %ld",
                    index + 1, axis + 1, t->shape[axis]);
  }
  if (vsg_tensor_view(out, t, err)) return err->code;
  (*out)->offset += index * t->stride[axis];
  drop_axis(*out, axis);
  return VSG_OK;
}

vsg_status vsg_tensor_expand(vsg_tensor **out, const vsg_tensor *t, int dims,
                             const long *shape, vsg_error *err) {
  char from[VSG_SHAPE_TEXT], to[VSG_SHAPE_TEXT];
  int added = dims - t->dims;
  bool fits = added >= 0 && dims <= VSG_MAX_DIMS;
  long n = 1;
  *out = NULL;
  for (int i = 0; i < dims && fits; i++) {
    long size = i < added ? 1 : t->shape[i - added];
    fits = shape[i] >= 0 && (size == 1 || size == shape[i]);
    /* numel must not overflow for any view. */
    if (fits && shape[i] > 0 && !vsg_long_mul(&n, n, shape[i])) {
      return vsg_fail(err, VSG_SHAPE, "expand: shape %s is too large",
                      vsg_shape_text(to, dims, shape));
    }
  }
  if (!fits) {
    return vsg_fail(err, VSG_SHAPE, "expand: shape %s does not expand to %s",
                    vsg_shape_text(from, t->dims, t->shape),
                    vsg_shape_text(to, dims, shape));
  }
  if (vsg_tensor_view(out, t, err)) return err->code;
  (*out)->dims = dims;
  for (int i = 0; i < dims; i++) {
    bool repeated = i < added || t->shape[i - added] != shape[i];
    (*out)->shape[i] = shape[i];
    (*out)->stride[i] = repeated ? 0 : t->stride[i - added];
  }
  return VSG_OK;
}

vsg_status vsg_tensor_unsqueeze(vsg_tensor **out, const vsg_tensor *t, int axis,
                                vsg_error *err) {
  *out = NULL;
  if (axis < 0 || axis > t->dims || t->dims == VSG_MAX_DIMS) {
    return vsg_fail(err, VSG_SHAPE, "unsqueeze: axis %d, tensor has %d axes",
                    axis + 1, t->dims);
  }
  if (vsg_tensor_view(out, t, err)) return err->code;
  (*out)->dims++;
  for (int i = t->dims; i > axis; i--) {
    (*out)->shape[i] = t->shape[i - 1];
    (*out)->stride[i] = t->stride[i - 1];
  }
  (*out)->shape[axis] = 1;
  (*out)->stride[axis] = 1;
  return VSG_OK;
}

vsg_status vsg_tensor_squeeze(vsg_tensor **out, const vsg_tensor *t, int axis,
                              vsg_error *err) {
  *out = NULL;
  if (vsg_axis_check("squeeze", t, axis, err)) return err->code;
  if (t->shape[axis] != 1) {
    return vsg_fail(err, VSG_SHAPE, "squeeze: axis %d has %ld, wants 1",
                    axis + 1, t->shape[axis]);
  }
  return vsg_tensor_select(out, t, axis, 0, err);
}
