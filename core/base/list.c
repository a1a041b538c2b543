/* A list that grows; see list.h. */
#include "core/base/list.h"

#include <stdlib.h>

enum { ROOM_LEAST = 16 };

vsg_status vsg_list_reserve(void **list, size_t count, size_t more,
                            size_t *room, size_t size, const char *what,
                            vsg_error *err) {
  size_t wanted = *room ? *room * 2 : ROOM_LEAST;
  void *moved;
  if (more <= *room - count) return VSG_OK;
  if (wanted < count + more) wanted = count + more;
  moved = reallocarray(*list, wanted, size);
  if (!moved) return vsg_fail_memory(err, what, wanted * size);
  *list = moved;
  *room = wanted;
  return VSG_OK;
}

vsg_status vsg_list_grow(void **list, size_t count, size_t *room, size_t size,
                         const char *what, vsg_error *err) {
  return vsg_list_reserve(list, count, 1, room, size, what, err);
}
