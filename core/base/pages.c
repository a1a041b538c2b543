/* Large memory; see pages.h. aligned_alloc and advice to the system. */
#include "core/base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
  LINE = 64,
  HUGE_PAGE = 2 << 20,
  LEAST = 4 * HUGE_PAGE /* below, the rest of the last page counts for more */
};

void *vsg_pages(size_t bytes) {
  size_t unit = bytes < LEAST ? LINE : HUGE_PAGE;
  if (bytes > PTRDIFF_MAX - unit) return NULL;
  size_t whole = (bytes + unit - 1) / unit * unit;
  void *at = aligned_alloc(unit, whole);
  /* Advice: without huge pages it fails, and nothing else changes. */
  if (at && unit == HUGE_PAGE) (void)madvise(at, whole, MADV_HUGEPAGE);
  return at;
}
