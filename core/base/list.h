/* A list that grows: elements of one size in memory that realloc moves. */
#ifndef VSG_BASE_LIST_H
#define VSG_BASE_LIST_H

#include <stddef.h>

#include "core/base/error.h"

/* Makes room for one more than count elements of the given size at *list; they
 * are untyped because lists of all kinds grow alike. what stands for the
 * operation in errors. On failure the list is as it was. */
vsg_status vsg_list_grow(void **list, size_t count, size_t *room, size_t size,
                         const char *what, vsg_error *err);

/* The same for so many more elements, of text for instance. What count and more
 * count lies in memory, so that their sum fits. */
vsg_status vsg_list_reserve(void **list, size_t count, size_t more,
                            size_t *room, size_t size, const char *what,
                            vsg_error *err);

#endif
