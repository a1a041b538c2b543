/* Where intermediate results lie: one arena in which a node's numbers are
 * overwritten as soon as nothing needs them. */
#ifndef VSG_GRAPH_MEMORY_H
#define VSG_GRAPH_MEMORY_H

#include "core/graph/graph.h"

/* Fills offset[i], in floats, for each node of the graph with size[i] > 0
 * floats, so that no two results that live at the same time overlap; *total is
 * the arena's size. A node lives from its own turn to that of its last reader
 * among the needed nodes. Offsets are multiples of what all sizes are. */
vsg_status vsg_memory_plan(size_t *offset, size_t *total, const vsg_graph *g,
                           const bool *needed, const size_t *size,
                           vsg_error *err);

#endif
