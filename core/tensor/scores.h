/* Scores of comparisons by the million: the loops below the metrics.
 *
 * Scores are similarities on one axis, f32 or f64 (f32 is kept, for 5e7 of them
 * are common; other dtypes become f64). NaN is a comparison that could not be
 * made. Counts are whole numbers throughout. What the counts mean is Lua's
 * business (lua/visage/metrics). */
#ifndef VSG_TENSOR_SCORES_H
#define VSG_TENSOR_SCORES_H

#include "core/tensor/tensor.h"

/* *out is new: the scores that are not NaN, ascending. *failures is how many
 * were NaN. */
vsg_status vsg_scores_sort(vsg_tensor **out, long *failures,
                           const vsg_tensor *scores, vsg_error *err);

/* Which points of the curve are kept. */
typedef enum vsg_curve {
  VSG_CURVE_all,     /* one for each different score */
  VSG_CURVE_corners, /* without those inside a horizontal or vertical line */
  VSG_CURVE_hull     /* the vertices of the upper convex hull */
} vsg_curve;

/* Counts of impostor and genuine scores at or above each threshold: the first
 * point is (infinity, 0, 0), then the different scores falling, ties moving
 * both counts at once. genuine and impostor are as vsg_scores_sort leaves them.
 * out[0] thresholds (P) f64, out[1] impostors (P) i64, out[2] genuine (P) i64;
 * new, all NULL on failure. */
vsg_status vsg_scores_curve(vsg_tensor *out[3], const vsg_tensor *genuine,
                            const vsg_tensor *impostor, vsg_curve kind,
                            vsg_error *err);

/* What a mask says of a comparison; any other value means that it is ignored.
 */
enum { VSG_MASK_NON_MATCH = 0, VSG_MASK_MATCH = 1 };

/* The scores (any shape) where mask (u8, that shape) says match and non-match,
 * in row-major order, each on one axis in the dtype of scores. New, both NULL
 * on failure. */
vsg_status vsg_scores_split(vsg_tensor **genuine, vsg_tensor **impostor,
                            const vsg_tensor *scores, const vsg_tensor *mask,
                            vsg_error *err);

/* Adds to counts (E + 1) i64, contiguous: element k counts scores s with
 * edges[k - 1] <= s < edges[k], the first all below edges[0], the last all from
 * edges[E - 1] on. edges (E) f64, rising, E at least 2: finding a bin starts
 * where it were if they were even and walks from there. *failures is how many
 * were NaN. On failure counts is unchanged. */
vsg_status vsg_scores_bin(const vsg_tensor *counts, long *failures,
                          const vsg_tensor *edges, const vsg_tensor *scores,
                          vsg_error *err);

/* *out is new: scores[i] as often as its subjects were drawn, which is
 * times[first[i]] * times[second[i]], or times[first[i]] where both are one
 * subject. All but scores are i64 on one axis; subjects count from 1. */
vsg_status vsg_scores_repeat(vsg_tensor **out, const vsg_tensor *scores,
                             const vsg_tensor *first, const vsg_tensor *second,
                             const vsg_tensor *times, vsg_error *err);

/* *out is new (P) f64: the dot product of rows (N,D), f32 or f64, first[p] and
 * second[p], summed in double. first, second (P) i64 count rows from 1. */
vsg_status vsg_scores_pairs(vsg_tensor **out, const vsg_tensor *rows,
                            const vsg_tensor *first, const vsg_tensor *second,
                            vsg_error *err);

#endif
