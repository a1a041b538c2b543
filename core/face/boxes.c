/* Non-maximum suppression, and the cells of a map that pass; see boxes.h. */
#include "core/face/boxes.h"

#include <stdlib.h>

/* A box with what is asked of it again and again. */
typedef struct entry {
  double x1, y1, x2, y2, score, area;
  long place;
  bool dropped;
} entry;

static int ascending(const entry *a, const entry *b) {
  return (a->place > b->place) - (a->place < b->place);
}

/* qsort's arguments. */
static int first_first(const void *a, const void *b) {
  const entry *p = a, *q = b;
  if (p->score != q->score) return p->score > q->score ? -1 : 1;
  return ascending(p, q);
}

static int last_first(const void *a, const void *b) {
  const entry *p = a, *q = b;
  if (p->score != q->score) return p->score > q->score ? -1 : 1;
  return -ascending(p, q);
}

/* Drops those after e that overlap it by more than the threshold. */
static void drop(entry *e, const entry *end, const vsg_suppression *how) {
  for (entry *b = e + 1; b < end; b++) {
    double right = b->x2 < e->x2 ? b->x2 : e->x2;
    double left = b->x1 > e->x1 ? b->x1 : e->x1;
    double w = right - left + how->plus;
    if (w <= 0 || b->dropped) continue;
    double bottom = b->y2 < e->y2 ? b->y2 : e->y2;
    double top = b->y1 > e->y1 ? b->y1 : e->y1;
    double h = bottom - top + how->plus;
    if (h <= 0) continue;
    double both = w * h, smaller = b->area < e->area ? b->area : e->area;
    double whole = how->least ? smaller : e->area + b->area - both;
    if (both / whole > how->threshold) b->dropped = true;
  }
}

vsg_status vsg_boxes_suppress(long *kept, long *count, const double *boxes,
                              long n, const vsg_suppression *how,
                              vsg_error *err) {
  entry *list = calloc((size_t)n + 1, sizeof *list);
  *count = 0;
  if (!list) return vsg_fail_memory(err, "suppress", (size_t)n * sizeof *list);
  for (long i = 0; i < n; i++) {
    const double *b = boxes + i * VSG_BOX_NUMBERS;
    list[i] = (entry){b[0], b[1], b[2], b[3], b[4], 0, i, false};
    list[i].area = (b[2] - b[0] + how->plus) * (b[3] - b[1] + how->plus);
  }
  qsort(list, (size_t)n, sizeof *list, how->last ? last_first : first_first);
  for (long i = 0; i < n; i++) {
    if (!list[i].dropped) kept[(*count)++] = list[i].place;
    if (how->matrix || !list[i].dropped) drop(&list[i], list + n, how);
  }
  free(list);
  return VSG_OK;
}

long vsg_boxes_above(long *place, const float *numbers, long n,
                     double threshold, bool at) {
  long count = 0;
  for (long i = 0; i < n; i++) {
    if (numbers[i] > threshold || (at && numbers[i] == threshold)) {
      if (place) place[count] = i;
      count++;
    }
  }
  return count;
}
