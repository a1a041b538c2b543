/* Rows as search.c compares them: of probes, or of a part of a gallery. */
#ifndef VSG_TENSOR_SEARCH_ROWS_H
#define VSG_TENSOR_SEARCH_ROWS_H

#include "core/tensor/search.h"

typedef struct vsg_search_rows {
  vsg_tensor *rows; /* (n,D) contiguous, f32 or f64 */
  float *narrow;    /* (n,D) for products in f32: for cosines in length one */
  float *offset;    /* (n) what search.c takes from a product */
  double *length;   /* (n) */
} vsg_search_rows;

/* Whether a row of that length has scores. */
bool vsg_search_usable(vsg_search_score score, double length);

/* Room for n rows, none in it. */
vsg_status vsg_search_rows_new(vsg_search_rows *out, long n, long D,
                               vsg_error *err);

/* Takes n rows of t (.,D) from `first` on, in dtype, f32 or f64. Rows that are
 * not usable become zeros with the offset infinity. */
vsg_status vsg_search_rows_fill(vsg_search_rows *out, const vsg_tensor *t,
                                long first, long n, vsg_dtype dtype,
                                vsg_search_score score, int threads,
                                vsg_error *err);

void vsg_search_rows_free(vsg_search_rows *s);

#endif
