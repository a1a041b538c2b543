/* Matrix products and dot products on OpenBLAS; see linalg.h. */
#include <cblas.h>
#include <limits.h>

#include "core/tensor/elementwise.h"
#include "core/tensor/linalg.h"

/* A matrix as BLAS wants it. */
typedef struct layout {
  CBLAS_TRANSPOSE transpose;
  long leading;
} layout;

/* True when the last two axes of t can be given to BLAS as they lie. */
static bool blas_layout(layout *out, const vsg_tensor *t) {
  long rows = t->shape[t->dims - 2], columns = t->shape[t->dims - 1];
  long down = t->stride[t->dims - 2], across = t->stride[t->dims - 1];
  if ((across == 1 || columns == 1) && down >= columns && down <= INT_MAX) {
    *out = (layout){CblasNoTrans, down};
    return true;
  }
  if ((down == 1 || rows == 1) && across >= rows && across <= INT_MAX) {
    *out = (layout){CblasTrans, across};
    return true;
  }
  return false;
}

/* *out is t in dtype, its matrices laid out for BLAS. */
static vsg_status prepare(vsg_tensor **out, layout *how, const vsg_tensor *t,
                          vsg_dtype dtype, vsg_error *err) {
  vsg_tensor *same;
  if (vsg_tensor_to(&same, t, dtype, err)) return err->code;
  if (blas_layout(how, same)) {
    *out = same;
    return VSG_OK;
  }
  vsg_status status = vsg_tensor_contiguous(out, same, err);
  vsg_tensor_free(same);
  if (status) return status;
  *how = (layout){CblasNoTrans, t->shape[t->dims - 1]};
  return VSG_OK;
}

static vsg_status check_dtypes(const char *name, const vsg_tensor *a,
                               const vsg_tensor *b, vsg_error *err) {
  if (a->dtype >= VSG_f32 && b->dtype >= VSG_f32) return VSG_OK;
  return vsg_fail(err, VSG_DTYPE, "%s: dtypes %s and %s, wants f32 or f64",
                  name, vsg_dtype_name(a->dtype), vsg_dtype_name(b->dtype));
}

/* shape (..., m, n) of the product. */
static vsg_status product_shape(int *dims, long *shape, const vsg_tensor *a,
                                const vsg_tensor *b, vsg_error *err) {
  char text_a[VSG_SHAPE_TEXT], text_b[VSG_SHAPE_TEXT];
  vsg_tensor lead_a = *a, lead_b = *b; /* borrow the storages */
  if (a->dims < 2 || b->dims < 2 ||
      a->shape[a->dims - 1] != b->shape[b->dims - 2]) {
    return vsg_fail(err, VSG_SHAPE,
                    "matmul: shapes %s and %s, wants (...,m,k) and (...,k,n)",
                    vsg_shape_text(text_a, a->dims, a->shape),
                    vsg_shape_text(text_b, b->dims, b->shape));
  }
  lead_a.dims -= 2;
  lead_b.dims -= 2;
  if (vsg_broadcast(dims, shape, "matmul", &lead_a, &lead_b, err)) {
    return err->code;
  }
  shape[(*dims)++] = a->shape[a->dims - 2];
  shape[(*dims)++] = b->shape[b->dims - 1];
  for (int i = -2; i < 0; i++) {
    if (a->shape[a->dims + i] > INT_MAX || b->shape[b->dims + i] > INT_MAX) {
      return vsg_fail(err, VSG_SHAPE, "matmul: a size is above %d", INT_MAX);
    }
  }
  return VSG_OK;
}

/* Elements from t's first matrix to number batch of the product's leading
 * axes. Axes that t lacks or has once do not move it. */
static long batch_offset(const vsg_tensor *t, const vsg_tensor *product,
                         long batch) {
  long offset = 0;
  for (int i = 3; i <= product->dims; i++) {
    long size = product->shape[product->dims - i];
    if (i <= t->dims && t->shape[t->dims - i] > 1) {
      offset += batch % size * t->stride[t->dims - i];
    }
    batch /= size;
  }
  return offset;
}

/* Row-major: out (m, n) = a (m, k) b (k, n). */
static void multiply(vsg_tensor *out, const vsg_tensor *a, layout la,
                     const vsg_tensor *b, layout lb, long batch) {
  long k = a->shape[a->dims - 1];
  int m = (int)out->shape[out->dims - 2], n = (int)out->shape[out->dims - 1];
  long at_a = batch_offset(a, out, batch), at_b = batch_offset(b, out, batch);
  if (out->dtype == VSG_f32) {
    float *c = vsg_tensor_data(out), *x = vsg_tensor_data(a);
    float *y = vsg_tensor_data(b);
    cblas_sgemm(CblasRowMajor, la.transpose, lb.transpose, m, n, (int)k, 1,
                x + at_a, (int)la.leading, y + at_b, (int)lb.leading, 0,
                c + batch * m * n, n);
  } else {
    double *c = vsg_tensor_data(out), *x = vsg_tensor_data(a);
    double *y = vsg_tensor_data(b);
    cblas_dgemm(CblasRowMajor, la.transpose, lb.transpose, m, n, (int)k, 1,
                x + at_a, (int)la.leading, y + at_b, (int)lb.leading, 0,
                c + batch * m * n, n);
  }
}

vsg_status vsg_tensor_matmul(vsg_tensor **out, const vsg_tensor *a,
                             const vsg_tensor *b, vsg_error *err) {
  int dims;
  long shape[VSG_MAX_DIMS];
  layout la, lb;
  vsg_tensor *x = NULL, *y = NULL;
  vsg_dtype dtype = vsg_dtype_promote(a->dtype, b->dtype);
  *out = NULL;
  if (check_dtypes("matmul", a, b, err) ||
      product_shape(&dims, shape, a, b, err) ||
      prepare(&x, &la, a, dtype, err) || prepare(&y, &lb, b, dtype, err) ||
      vsg_tensor_new(out, dtype, dims, shape, err)) {
    vsg_tensor_free(x);
    vsg_tensor_free(y);
    return err->code;
  }
  long matrix = shape[dims - 2] * shape[dims - 1];
  /* An inner size of 0 leaves the zeros of a new tensor. */
  if (matrix > 0 && a->shape[a->dims - 1] > 0) {
    long batches = vsg_tensor_numel(*out) / matrix;
    for (long i = 0; i < batches; i++) multiply(*out, x, la, y, lb, i);
  }
  vsg_tensor_free(x);
  vsg_tensor_free(y);
  return VSG_OK;
}

/* *out is t in f64, contiguous. */
static vsg_status widen(vsg_tensor **out, const vsg_tensor *t, vsg_error *err) {
  vsg_tensor *wide;
  *out = NULL;
  if (vsg_tensor_to(&wide, t, VSG_f64, err)) return err->code;
  vsg_status status = vsg_tensor_contiguous(out, wide, err);
  vsg_tensor_free(wide);
  return status;
}

vsg_status vsg_tensor_dot(double *out, const vsg_tensor *a, const vsg_tensor *b,
                          vsg_error *err) {
  char text_a[VSG_SHAPE_TEXT], text_b[VSG_SHAPE_TEXT];
  vsg_tensor *x = NULL, *y = NULL;
  if (check_dtypes("dot", a, b, err)) return err->code;
  if (a->dims != 1 || b->dims != 1 || a->shape[0] != b->shape[0] ||
      a->shape[0] > INT_MAX) {
    return vsg_fail(err, VSG_SHAPE, "dot: shapes %s and %s, wants (n,) twice",
                    vsg_shape_text(text_a, a->dims, a->shape),
                    vsg_shape_text(text_b, b->dims, b->shape));
  }
  /* BLAS's dsdot is not used: OpenBLAS adds parts of it in f32. */
  if (widen(&x, a, err) || widen(&y, b, err)) {
    vsg_tensor_free(x);
    return err->code;
  }
  *out = cblas_ddot((int)a->shape[0], vsg_tensor_data(x), 1, vsg_tensor_data(y),
                    1);
  vsg_tensor_free(x);
  vsg_tensor_free(y);
  return VSG_OK;
}
