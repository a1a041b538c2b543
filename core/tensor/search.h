/* The best rows of a gallery for each of many probes, the gallery given block
 * by block: memory holds the probes, the best so far and one block.
 *
 * OpenBLAS's product in f32 finds candidates, with a margin for its rounding;
 * each candidate is compared once more in f64, which decides. So what is found
 * does not depend on blocks, tiles or threads, and equal rows are equal.
 *
 * Rows whose length is not a finite number are never found, and for cosines
 * those of length zero; probes of that kind find nothing. */
#ifndef VSG_TENSOR_SEARCH_H
#define VSG_TENSOR_SEARCH_H

#include "core/tensor/tensor.h"

typedef enum vsg_search_score {
  VSG_SEARCH_cosine,
  VSG_SEARCH_euclidean /* the negated distance */
} vsg_search_score;

typedef struct vsg_search vsg_search;

/* *out looks for the best k, 1 or more, for each of probes (P,D), which it
 * keeps; D from 1 to 2^22. threads 0: as many as OpenMP has;
 * at the most as many as there are processors. NULL on failure.
 */
vsg_status vsg_search_new(vsg_search **out, const vsg_tensor *probes, long k,
                          vsg_search_score score, long threads, vsg_error *err);

/* Goes on with rows (n,D), whose places follow those before. After
 * VSG_CANCELLED the search is of no more use. */
vsg_status vsg_search_add(vsg_search *s, const vsg_tensor *rows,
                          vsg_error *err);

/* *scores (f64) and *places (i64, from 0), both (P, k or as many as there were
 * rows): the greatest first, of equal scores the first place first. NaN and -1
 * where a probe found fewer. Both NULL on failure. */
vsg_status vsg_search_best(vsg_tensor **scores, vsg_tensor **places,
                           const vsg_search *s, vsg_error *err);

/* NULL is fine. */
void vsg_search_free(vsg_search *s);

#endif
