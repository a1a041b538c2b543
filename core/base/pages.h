/* Large memory that is gone through from end to end again and again: weights
 * and activations. On huge pages where the system has them, which saves 3 to 4
 * % of a ResNet-50. */
#ifndef VSG_BASE_PAGES_H
#define VSG_BASE_PAGES_H

#include <stddef.h>

/* Memory aligned to cache lines at least, not cleared, to be freed with free();
 * NULL when there is none, or for more than half of the addresses. */
void *vsg_pages(size_t bytes);

#endif
