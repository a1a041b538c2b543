/* The pass "ahead" (fuse.h): a batch norm or scale before a convolution or a
 * dense layer goes into the weights of that, which then reads what the norm
 * read; a flatten may lie between. A factor always can, for zeros of padding
 * stay zeros; an offset only where nothing is padded, for it would be missing
 * at the border. What the pass "fold" takes into the layer before stays.
 *
 * It is for f32: before a mean is taken off, numbers are large beside what
 * tells them apart, and fewer bits would lose that.
 *
 * Unlike the passes that find groups this one changes the graph, so it is for a
 * net's own copy. */
#ifndef VSG_GRAPH_AHEAD_H
#define VSG_GRAPH_AHEAD_H

#include "core/graph/fuse.h"

/* Folds what those passes allow. Every needed tensor is set. needed tells which
 * nodes are, per node; those that were folded are not any more. result holds
 * the places of nodes whose numbers are wanted. After a failure the graph is of
 * no use. */
vsg_status vsg_fold_ahead(vsg_graph *g, bool *needed, const int *result,
                          int results, unsigned passes, vsg_error *err);

#endif
