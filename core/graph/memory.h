/* Where intermediate results lie: one arena in which a node's numbers are
 * overwritten as soon as nothing needs them. */
#ifndef VSG_GRAPH_MEMORY_H
#define VSG_GRAPH_MEMORY_H

#include "core/graph/graph.h"

/* Fills offset[i] for count buffers of size[i], each of which lives from step
 * first[i] to step last[i], first[] never falling, so that no two that live at
 * the same time overlap; *total is the arena's size. A size of 0 takes no
 * place. Offsets are multiples of what all sizes are. */
void vsg_memory_place(size_t *offset, size_t *total, const size_t *size,
                      const int *first, const int *last, int count);

/* Fills offset[i], in floats, for each node of the graph with size[i] > 0
 * floats, so that no two results that live at the same time overlap; *total is
 * the arena's size. A node lives from its own turn to that of its last reader
 * among the needed nodes. Offsets are multiples of what all sizes are. */
vsg_status vsg_memory_plan(size_t *offset, size_t *total, const vsg_graph *g,
                           const bool *needed, const size_t *size,
                           vsg_error *err);

#endif
