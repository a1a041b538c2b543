/* The arithmetic that an engine computes in. Inputs and results are f32
 * whatever it is; sums are f32 or, of whole numbers, s32. */
#ifndef VSG_GRAPH_PRECISION_H
#define VSG_GRAPH_PRECISION_H

#include <stdbool.h>

#define VSG_PRECISIONS(X) X(fp32) X(bf16) X(int8)

typedef enum vsg_precision {
#define X(name) VSG_PRECISION_##name,
  VSG_PRECISIONS(X)
#undef X
      VSG_PRECISION_COUNT
} vsg_precision;

/* The numbers that a node gives, as far as anyone has seen: what int8 is scaled
 * by. high < low: not known. */
typedef struct vsg_range {
  float low, high;
} vsg_range;

/* "fp32", ... */
const char *vsg_precision_name(vsg_precision precision);
/* False when none is called so. */
bool vsg_precision_find(vsg_precision *out, const char *name);

#endif
