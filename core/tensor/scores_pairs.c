/* Dot products of listed pairs of rows; see scores.h. Pairs by the million
 * share few rows, so that neither the rows of the pairs nor the whole matrix of
 * scores is ever made. */
#include "core/tensor/scores.h"
#include "core/tensor/sums.h"

static vsg_status check_rows(const vsg_tensor *rows, vsg_error *err) {
  if (rows->dims == 2 && (rows->dtype == VSG_f32 || rows->dtype == VSG_f64)) {
    return VSG_OK;
  }
  return vsg_fail(err, VSG_SHAPE, "pairs: rows are f32 or f64 on two axes");
}

static vsg_status check_places(const vsg_tensor *places, long pairs, long rows,
                               vsg_error *err) {
  if (places->dims != 1 || places->dtype != VSG_i64 ||
      !vsg_tensor_is_contiguous(places) || places->shape[0] != pairs) {
    return vsg_fail(err, VSG_SHAPE, "pairs: wants %ld of i64 on one axis",
                    pairs);
  }
  const int64_t *at = vsg_tensor_data(places);
  for (long p = 0; p < pairs; p++) {
    if (at[p] < 1 || at[p] > rows) {
      return vsg_fail(err, VSG_ARGUMENT,
                      "pairs: row %ld at place %ld, of 1..%ld", (long)at[p],
                      p + 1, rows);
    }
  }
  return VSG_OK;
}

/* out (P) = the dot product of rows (N,D) first[p] and second[p], from 1. */
static void score(double *out, const vsg_tensor *rows, const int64_t *first,
                  const int64_t *second, long P) {
  const char *row = vsg_tensor_data(rows);
  long D = rows->shape[1], bytes = D * (long)vsg_dtype_size(rows->dtype);
#pragma omp parallel for
  for (long p = 0; p < P; p++) {
    out[p] = vsg_sum_dot(row + (first[p] - 1) * bytes,
                         row + (second[p] - 1) * bytes, rows->dtype, D);
  }
}

vsg_status vsg_scores_pairs(vsg_tensor **out, const vsg_tensor *rows,
                            const vsg_tensor *first, const vsg_tensor *second,
                            vsg_error *err) {
  vsg_tensor *t;
  *out = NULL;
  if (check_rows(rows, err)) return err->code;
  long pairs = first->dims ? first->shape[0] : 0;
  if (check_places(first, pairs, rows->shape[0], err) ||
      check_places(second, pairs, rows->shape[0], err) ||
      vsg_tensor_contiguous(&t, rows, err)) {
    return err->code;
  }
  if (vsg_tensor_new(out, VSG_f64, 1, &pairs, err) == VSG_OK) {
    score(vsg_tensor_data(*out), t, vsg_tensor_data(first),
          vsg_tensor_data(second), pairs);
  }
  vsg_tensor_free(t);
  return *out ? VSG_OK : err->code;
}
