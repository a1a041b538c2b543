/* Planning the arena; see memory.h. Each node in turn takes the lowest place
 * that is free for as long as it lives. */
#include "core/graph/memory.h"

#include <stdlib.h>

/* last[i] is the last needed node that reads node i; i itself without one. */
static void find_last(int *last, const vsg_graph *g, const bool *needed) {
  for (int i = 0; i < g->nodes; i++) {
    last[i] = i;
    if (!needed[i]) continue;
    for (int k = 0; k < g->node[i].inputs; k++) last[g->node[i].input[k]] = i;
  }
}

/* The lowest offset at which buffer i overlaps none before it that still lives
 * when i begins. */
static size_t place(const size_t *offset, const size_t *size, const int *first,
                    const int *last, int i) {
  size_t at = 0;
  for (int j = 0; j < i; j++) {
    if (size[j] > 0 && last[j] >= first[i] && at < offset[j] + size[j] &&
        offset[j] < at + size[i]) {
      at = offset[j] + size[j];
      j = -1; /* what was passed may overlap the new place */
    }
  }
  return at;
}

void vsg_memory_place(size_t *offset, size_t *total, const size_t *size,
                      const int *first, const int *last, int count) {
  *total = 0;
  for (int i = 0; i < count; i++) {
    offset[i] = 0;
    if (size[i] == 0) continue;
    offset[i] = place(offset, size, first, last, i);
    if (offset[i] + size[i] > *total) *total = offset[i] + size[i];
  }
}

vsg_status vsg_memory_plan(size_t *offset, size_t *total, const vsg_graph *g,
                           const bool *needed, const size_t *size,
                           vsg_error *err) {
  size_t bytes = (2 * (size_t)g->nodes + 1) * sizeof(int);
  int *last = malloc(bytes);
  if (!last) return vsg_fail_memory(err, "plan", bytes);
  int *first = last + g->nodes;
  for (int i = 0; i < g->nodes; i++) first[i] = i;
  find_last(last, g, needed);
  vsg_memory_place(offset, total, size, first, last, g->nodes);
  free(last);
  return VSG_OK;
}
