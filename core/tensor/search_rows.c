/* Rows of a search in two forms; see search_rows.h. */
#include "core/tensor/search_rows.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/processor.h"
#include "core/base/size.h"
#include "core/tensor/sums.h"

void vsg_search_rows_free(vsg_search_rows *s) {
  vsg_tensor_free(s->rows);
  free(s->narrow);
  free(s->offset);
  free(s->length);
  *s = (vsg_search_rows){0};
}

bool vsg_search_usable(vsg_search_score score, double length) {
  return isfinite(length) &&
         (score == VSG_SEARCH_euclidean || isfinite(1 / length));
}

/* The same loop for both types. */
#define SCALE(name, type)                                                 \
  VSG_EVERY_PROCESSOR static void name(float *out, const type *in,        \
                                       double scale, long D) {            \
    for (long d = 0; d < D; d++) out[d] = (float)((double)in[d] * scale); \
  }
SCALE(scale_narrow, float)
SCALE(scale_wide, double)

/* Fills the other forms of row i. */
static void fill_row(vsg_search_rows *s, vsg_search_score score, long i) {
  long D = s->rows->shape[1];
  vsg_dtype dtype = s->rows->dtype;
  const char *row = vsg_tensor_data(s->rows);
  row += (size_t)(i * D) * vsg_dtype_size(dtype);
  double square = vsg_sum_dot(row, row, dtype, D), length = sqrt(square);
  bool cosine = score == VSG_SEARCH_cosine;
  s->length[i] = length;
  if (!vsg_search_usable(score, length)) {
    s->offset[i] = INFINITY;
    memset(s->narrow + i * D, 0, (size_t)D * sizeof(float));
    return;
  }
  s->offset[i] = cosine ? 0 : (float)fmin(square / 2, FLT_MAX);
  if (dtype == VSG_f32) {
    scale_narrow(s->narrow + i * D, (const float *)row, cosine ? 1 / length : 1,
                 D);
  } else {
    scale_wide(s->narrow + i * D, (const double *)row, cosine ? 1 / length : 1,
               D);
  }
}

vsg_status vsg_search_rows_new(vsg_search_rows *out, long n, long D,
                               vsg_error *err) {
  size_t count;
  *out = (vsg_search_rows){0};
  /* One more of each, for a size of 0 may give NULL. */
  if (vsg_size_mul(&count, (size_t)n, (size_t)D)) {
    out->narrow = malloc((count + 1) * sizeof(float));
  }
  out->offset = malloc((size_t)(n + 1) * sizeof(float));
  out->length = malloc((size_t)(n + 1) * sizeof(double));
  if (out->narrow && out->offset && out->length) return VSG_OK;
  vsg_search_rows_free(out);
  return vsg_fail_memory(err, "search", (size_t)n * (size_t)D * sizeof(float));
}

vsg_status vsg_search_rows_fill(vsg_search_rows *out, const vsg_tensor *t,
                                long first, long n, vsg_dtype dtype,
                                vsg_search_score score, int threads,
                                vsg_error *err) {
  vsg_tensor *part = NULL, *same = NULL;
  vsg_tensor_free(out->rows);
  out->rows = NULL;
  if (vsg_tensor_narrow(&part, t, 0, first, n, err) == VSG_OK &&
      vsg_tensor_to(&same, part, dtype, err) == VSG_OK) {
    vsg_tensor_contiguous(&out->rows, same, err);
  }
  vsg_tensor_free(part);
  vsg_tensor_free(same);
  if (!out->rows) return err->code;
#pragma omp parallel for num_threads(threads)
  for (long i = 0; i < n; i++) fill_row(out, score, i);
  return VSG_OK;
}
