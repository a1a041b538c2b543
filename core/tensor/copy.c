/* Copies, conversions between dtypes, and single elements; see tensor.h. */
#include "core/tensor/convert.h"
#include "core/tensor/device.h"
#include "core/tensor/loop.h"
#include "core/tensor/tensor.h"

bool vsg_dtype_is_float(vsg_dtype dtype) { return dtype >= VSG_bf16; }

/* context is the two tensors of fill_from. */
static void convert_row(void *context, char *const at[VSG_LOOP_OPERANDS],
                        const long stride[VSG_LOOP_OPERANDS], long n) {
  const vsg_tensor *const *t = context;
  vsg_convert(at[0], t[0]->dtype, stride[0], at[1], t[1]->dtype, stride[1], n);
}

/* out = source, of equal shape and no common element. */
static vsg_status fill_from(const vsg_tensor *out, const vsg_tensor *source,
                            vsg_error *err) {
  const vsg_tensor *t[] = {out, source};
  if (out->dtype == source->dtype && vsg_tensor_is_contiguous(out) &&
      vsg_tensor_is_contiguous(source)) {
    return vsg_tensor_device(out)->copy(vsg_tensor_data(out),
                                        vsg_tensor_data(source),
                                        vsg_tensor_bytes(out), err);
  }
  vsg_loop(2, t, convert_row, t);
  return VSG_OK;
}

/* A contiguous copy of another dtype. */
static vsg_status copy_to(vsg_tensor **out, const vsg_tensor *t,
                          vsg_dtype dtype, vsg_error *err) {
  if (vsg_tensor_new(out, dtype, t->dims, t->shape, err)) return err->code;
  if (fill_from(*out, t, err)) {
    vsg_tensor_free(*out);
    *out = NULL;
    return err->code;
  }
  return VSG_OK;
}

vsg_status vsg_tensor_contiguous(vsg_tensor **out, const vsg_tensor *t,
                                 vsg_error *err) {
  if (vsg_tensor_is_contiguous(t)) return vsg_tensor_view(out, t, err);
  return copy_to(out, t, t->dtype, err);
}

vsg_status vsg_tensor_to(vsg_tensor **out, const vsg_tensor *t, vsg_dtype dtype,
                         vsg_error *err) {
  if (t->dtype == dtype) return vsg_tensor_view(out, t, err);
  return copy_to(out, t, dtype, err);
}

vsg_status vsg_tensor_clone(vsg_tensor **out, const vsg_tensor *t,
                            vsg_error *err) {
  return copy_to(out, t, t->dtype, err);
}

static vsg_status check_target(const vsg_tensor *out, vsg_error *err) {
  for (int i = 0; i < out->dims; i++) {
    if (out->shape[i] > 1 && out->stride[i] == 0) {
      return vsg_fail(err, VSG_ARGUMENT,
                      "copy: the target is an expanded view (axis %d), whose "
                      "elements are one",
                      i + 1);
    }
  }
  return VSG_OK;
}

vsg_status vsg_tensor_copy(const vsg_tensor *out, const vsg_tensor *source,
                           vsg_error *err) {
  char from[VSG_SHAPE_TEXT], to[VSG_SHAPE_TEXT];
  vsg_tensor *own = NULL, *wide = NULL;
  vsg_status status;
  if (check_target(out, err)) return err->code;
  if (out->storage == source->storage) {
    if (vsg_tensor_clone(&own, source, err)) return err->code;
    source = own;
  }
  status = vsg_tensor_expand(&wide, source, out->dims, out->shape, err);
  if (status == VSG_SHAPE) {
    vsg_fail(err, VSG_SHAPE, "copy: shape %s does not expand to %s",
             vsg_shape_text(from, source->dims, source->shape),
             vsg_shape_text(to, out->dims, out->shape));
  } else if (status == VSG_OK) {
    status = fill_from(out, wide, err);
  }
  vsg_tensor_free(wide);
  vsg_tensor_free(own);
  return status;
}

static char *element(const vsg_tensor *t, const long *index) {
  long at = 0;
  for (int i = 0; i < t->dims; i++) at += index[i] * t->stride[i];
  return (char *)vsg_tensor_data(t) + at * (long)vsg_dtype_size(t->dtype);
}

double vsg_tensor_get_f64(const vsg_tensor *t, const long *index) {
  double value;
  vsg_convert(&value, VSG_f64, 1, element(t, index), t->dtype, 1, 1);
  return value;
}

void vsg_tensor_set_f64(const vsg_tensor *t, const long *index, double value) {
  vsg_convert(element(t, index), t->dtype, 1, &value, VSG_f64, 1, 1);
}

int64_t vsg_tensor_get_i64(const vsg_tensor *t, const long *index) {
  int64_t value;
  vsg_convert(&value, VSG_i64, 1, element(t, index), t->dtype, 1, 1);
  return value;
}

void vsg_tensor_set_i64(const vsg_tensor *t, const long *index, int64_t value) {
  vsg_convert(element(t, index), t->dtype, 1, &value, VSG_i64, 1, 1);
}
