/* What lua/visage/face/boxes.lua and proposals.lua do with hundreds or
 * thousands of boxes. */
#ifndef VSG_FACE_BOXES_H
#define VSG_FACE_BOXES_H

#include <stdbool.h>

#include "core/base/error.h"

enum { VSG_BOX_NUMBERS = 5 }; /* x1, y1, x2, y2, score */

typedef struct vsg_suppression {
  double threshold;
  double plus; /* 1 where sizes count both edge pixels, else 0 */
  bool least;  /* overlap is measured over the smaller box, not the union */
  bool last;   /* of equal scores the later one comes first */
  bool matrix; /* a dropped box drops others too */
} vsg_suppression;

/* kept, with room for n, has the places of the boxes (n, 5) that stay,
 * descending in score; *count is how many. Scores are not NaN. */
vsg_status vsg_boxes_suppress(long *kept, long *count, const double *boxes,
                              long n, const vsg_suppression *how,
                              vsg_error *err);

/* How many of n numbers are above the threshold, or at it where `at` is true;
 * place, unless it is NULL, has room for that many: which ones. */
long vsg_boxes_above(long *place, const float *numbers, long n,
                     double threshold, bool at);

#endif
