/* Singular value and eigenvalue decompositions by LAPACK; see linalg.h.
 *
 * LAPACK counts columns first: our row-major a is its transpose of a. So gesdd
 * decomposes a^T = V diag(s) U^T, and its V, read row by row, is our vt. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "core/tensor/linalg.h"

/* LAPACK counts its workspace in ints: 4 k^2 + 7 k numbers for gesdd, with k
 * the smaller size, and 2 n^2 + 6 n + 1 for syevd. */
enum { SVD_MOST = 23000, EIGH_MOST = 32000 };

/* The Fortran symbols in OpenBLAS, which brings no header for them. The size_t
 * at the end are the lengths of the character arguments. */
#define LAPACK(prefix, type)                                                   \
  extern void prefix##gesdd_(                                                  \
      const char *jobz, const int *m, const int *n, type *a, const int *lda,   \
      type *s, type *u, const int *ldu, type *vt, const int *ldvt, type *work, \
      const int *lwork, int *iwork, int *info, size_t);                        \
  extern void prefix##syevd_(const char *jobz, const char *uplo, const int *n, \
                             type *a, const int *lda, type *w, type *work,     \
                             const int *lwork, int *iwork, const int *liwork,  \
                             int *info, size_t, size_t);
LAPACK(s, float)
LAPACK(d, double)

/* What LAPACK said of a call. */
static vsg_status check_info(const char *name, int info, vsg_error *err) {
  if (info == 0) return VSG_OK;
  return vsg_fail(err, VSG_ARGUMENT, "%s: LAPACK did not converge (info %d)",
                  name, info);
}

/* Two calls: the first, with lwork -1, asks for the size of work. a (m, n) is
 * destroyed; u (m, k), s (k) and vt (k, n) are filled. */
#define SVD(prefix, type, above)                                               \
  static vsg_status svd_##type(type *a, int m, int n, type *u, type *s,        \
                               type *vt, vsg_error *err) {                     \
    int k = m < n ? m : n, lwork = -1, info;                                   \
    type size, *work = NULL;                                                   \
    int *iwork = malloc(8 * (size_t)k * sizeof *iwork);                        \
    prefix##gesdd_("S", &n, &m, a, &n, s, vt, &n, u, &k, &size, &lwork, iwork, \
                   &info, 1);                                                  \
    /* A float's size may have been rounded down. */                           \
    size_t count = (size_t)above(size, INFINITY) + 1;                          \
    if (iwork && count <= INT_MAX) work = malloc(count * sizeof *work);        \
    if (!work) {                                                               \
      free(iwork);                                                             \
      return vsg_fail_memory(err, "svd", count * sizeof *work);                \
    }                                                                          \
    lwork = (int)count;                                                        \
    prefix##gesdd_("S", &n, &m, a, &n, s, vt, &n, u, &k, work, &lwork, iwork,  \
                   &info, 1);                                                  \
    free(work);                                                                \
    free(iwork);                                                               \
    return check_info("svd", info, err);                                       \
  }
SVD(s, float, nextafterf)
SVD(d, double, nextafter)

/* On return the rows of a (n, n) are the eigenvectors. Our lower triangle is
 * LAPACK's upper one. */
#define EIGH(prefix, type, above)                                             \
  static vsg_status eigh_##type(type *a, int n, type *values,                 \
                                vsg_error *err) {                             \
    int lwork = -1, liwork = -1, integers, info;                              \
    type size, *work = NULL;                                                  \
    int *iwork = NULL;                                                        \
    prefix##syevd_("V", "U", &n, a, &n, values, &size, &lwork, &integers,     \
                   &liwork, &info, 1, 1);                                     \
    size_t count = (size_t)above(size, INFINITY) + 1;                         \
    if (count <= INT_MAX) work = malloc(count * sizeof *work);                \
    iwork = malloc((size_t)integers * sizeof *iwork);                         \
    if (!work || !iwork) {                                                    \
      free(work);                                                             \
      free(iwork);                                                            \
      return vsg_fail_memory(err, "eigh", count * sizeof *work);              \
    }                                                                         \
    lwork = (int)count;                                                       \
    liwork = integers;                                                        \
    prefix##syevd_("V", "U", &n, a, &n, values, work, &lwork, iwork, &liwork, \
                   &info, 1, 1);                                              \
    free(work);                                                               \
    free(iwork);                                                              \
    return check_info("eigh", info, err);                                     \
  }
EIGH(s, float, nextafterf)
EIGH(d, double, nextafter)

/* *copy is a contiguous copy of a, which must be a matrix of finite floats that
 * is not empty and whose smaller size is at most `most`. */
static vsg_status take_matrix(vsg_tensor **copy, const char *name, long most,
                              const vsg_tensor *a, vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  *copy = NULL;
  if (a->dtype < VSG_f32) {
    return vsg_fail(err, VSG_DTYPE, "%s: dtype %s, wants f32 or f64", name,
                    vsg_dtype_name(a->dtype));
  }
  if (a->dims != 2 || vsg_tensor_numel(a) == 0 || a->shape[0] > INT_MAX / 8 ||
      a->shape[1] > INT_MAX / 8) {
    return vsg_fail(err, VSG_SHAPE, "%s: shape %s, wants a matrix", name,
                    vsg_shape_text(text, a->dims, a->shape));
  }
  if (a->shape[0] > most && a->shape[1] > most) {
    return vsg_fail(err, VSG_SHAPE, "%s: shape %s, at most %ld possible", name,
                    vsg_shape_text(text, a->dims, a->shape), most);
  }
  for (long i = 0; i < a->shape[0]; i++) {
    for (long j = 0; j < a->shape[1]; j++) {
      if (!isfinite(vsg_tensor_get_f64(a, (const long[]){i, j}))) {
        return vsg_fail(err, VSG_ARGUMENT,
                        "%s: element (%ld,%ld) is not finite", name, i + 1,
                        j + 1);
      }
    }
  }
  return vsg_tensor_clone(copy, a, err);
}

vsg_status vsg_tensor_svd(vsg_tensor **u, vsg_tensor **s, vsg_tensor **vt,
                          const vsg_tensor *a, vsg_error *err) {
  vsg_tensor *copy;
  *u = *s = *vt = NULL;
  vsg_status status = take_matrix(&copy, "svd", SVD_MOST, a, err);
  if (status) return status;
  const long m = a->shape[0], n = a->shape[1], k = m < n ? m : n;
  status = vsg_tensor_new(u, a->dtype, 2, (const long[]){m, k}, err);
  if (!status) status = vsg_tensor_new(s, a->dtype, 1, &k, err);
  if (!status) {
    status = vsg_tensor_new(vt, a->dtype, 2, (const long[]){k, n}, err);
  }
  if (!status) {
    void *data = vsg_tensor_data(copy), *to_u = vsg_tensor_data(*u);
    void *to_s = vsg_tensor_data(*s), *to_vt = vsg_tensor_data(*vt);
    status = a->dtype == VSG_f32
                 ? svd_float(data, (int)m, (int)n, to_u, to_s, to_vt, err)
                 : svd_double(data, (int)m, (int)n, to_u, to_s, to_vt, err);
  }
  vsg_tensor_free(copy);
  if (status) {
    vsg_tensor_free(*u);
    vsg_tensor_free(*s);
    vsg_tensor_free(*vt);
    *u = *s = *vt = NULL;
  }
  return status;
}

vsg_status vsg_tensor_eigh(vsg_tensor **values, vsg_tensor **vectors,
                           const vsg_tensor *a, vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  vsg_tensor *rows, *columns = NULL;
  *values = *vectors = NULL;
  vsg_status status = take_matrix(&rows, "eigh", EIGH_MOST, a, err);
  if (status) return status;
  const long n = a->shape[0];
  if (a->shape[1] != n) {
    vsg_tensor_free(rows);
    return vsg_fail(err, VSG_SHAPE, "eigh: shape %s, wants a square matrix",
                    vsg_shape_text(text, a->dims, a->shape));
  }
  status = vsg_tensor_new(values, a->dtype, 1, &n, err);
  if (!status) {
    void *data = vsg_tensor_data(rows), *to = vsg_tensor_data(*values);
    status = a->dtype == VSG_f32 ? eigh_float(data, (int)n, to, err)
                                 : eigh_double(data, (int)n, to, err);
  }
  if (!status) {
    status = vsg_tensor_permute(&columns, rows, (const int[]){1, 0}, err);
  }
  if (!status) status = vsg_tensor_contiguous(vectors, columns, err);
  vsg_tensor_free(rows);
  vsg_tensor_free(columns);
  if (status) {
    vsg_tensor_free(*values);
    *values = NULL;
  }
  return status;
}
