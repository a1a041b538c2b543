/* How much memory this process may still take: what the machine has free
 * (/proc/meminfo), or less where a control group limits it. Asked before large
 * allocations, for the system promises memory that it has not got, and ends
 * whoever then uses it. */
#ifndef VSG_BASE_AVAILABLE_H
#define VSG_BASE_AVAILABLE_H

#include <stddef.h>

#include "core/base/error.h"

/* Bytes; SIZE_MAX where nothing tells. */
size_t vsg_available(void);

/* VSG_MEMORY with "WHAT: no memory for ... bytes, ... are available" when so
 * many cannot be had. Small amounts are not asked about: malloc knows. */
vsg_status vsg_available_check(const char *what, size_t bytes, vsg_error *err);

#endif
