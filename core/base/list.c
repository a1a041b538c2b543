/* A list that grows; see list.h. */
#include "core/base/list.h"

#include <stdlib.h>

enum { ROOM_LEAST = 16 };

vsg_status vsg_list_grow(void **list, size_t count, size_t *room, size_t size,
                         const char *what, vsg_error *err) {
  size_t wanted = *room ? *room * 2 : ROOM_LEAST;
  void *moved;
  if (count < *room) return VSG_OK;
  moved = reallocarray(*list, wanted, size);
  if (!moved) return vsg_fail_memory(err, what, wanted * size);
  *list = moved;
  *room = wanted;
  return VSG_OK;
}
