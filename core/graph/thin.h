/* A pass that leaves out what nobody looks at. A 1x1 convolution of stride 2
 * reads every other row and column, so that what comes before it, up to the
 * last convolution that mixes places, has to be computed there alone: its
 * stride grows, and the reader's is 1. ResNets with the stride in the first 1x1
 * convolution of a block (He et al. 2015, Caffe, Keras) lose a tenth of their
 * multiply-adds so. The numbers are the same ones.
 *
 * A squeeze-excite block also wants the mean of all places. That of a 1x1
 * convolution's result is the convolution of the mean of its input, so that the
 * places may be left out there, too; the numbers differ by their rounding. */
#ifndef VSG_GRAPH_THIN_H
#define VSG_GRAPH_THIN_H

#include "core/graph/engine.h"

/* A request of the same results on a graph of its own. */
typedef struct vsg_thinned {
  vsg_request request;
  vsg_graph *graph;
  vsg_shape *shape;
  bool *needed;
  int *result;
  vsg_range *range;
  int *origin; /* per node: the node whose numbers it has, or some of them */
} vsg_thinned;

/* What the request borrows stays borrowed where it is not replaced; graph is
 * NULL when there is nothing to leave out. To be freed, after a failure too. */
vsg_status vsg_thin(vsg_thinned *out, const vsg_request *request,
                    vsg_error *err);
void vsg_thin_free(vsg_thinned *thinned);

#endif
