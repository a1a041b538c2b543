/* Linear algebra on f32 and f64, by OpenBLAS and its LAPACK. */
#ifndef VSG_TENSOR_LINALG_H
#define VSG_TENSOR_LINALG_H

#include "core/tensor/tensor.h"

/* *out (..., m, n) = a (..., m, k) times b (..., k, n); leading axes broadcast.
 * Transposed matrices are used in place, other strides are copied. */
vsg_status vsg_tensor_matmul(vsg_tensor **out, const vsg_tensor *a,
                             const vsg_tensor *b, vsg_error *err);

/* *out = sum of a (n) times b (n), accumulated in f64. */
vsg_status vsg_tensor_dot(double *out, const vsg_tensor *a, const vsg_tensor *b,
                          vsg_error *err);

/* a (m, n) = u (m, k) diag(s (k)) vt (k, n), k = min(m, n), s falling. The
 * signs of singular vectors are LAPACK's choice. On failure all are NULL. */
vsg_status vsg_tensor_svd(vsg_tensor **u, vsg_tensor **s, vsg_tensor **vt,
                          const vsg_tensor *a, vsg_error *err);

/* The eigenvalues (n), rising, and eigenvectors, the columns of vectors (n, n),
 * of a symmetric a (n, n), of which the lower triangle is read. */
vsg_status vsg_tensor_eigh(vsg_tensor **values, vsg_tensor **vectors,
                           const vsg_tensor *a, vsg_error *err);

#endif
