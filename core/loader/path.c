/* Dotted names of nested values; see path.h. */
#include "core/loader/path.h"

#include <stdio.h>
#include <string.h>

vsg_status vsg_path_enter(vsg_path *path, const vsg_reader *r, const char *key,
                          size_t length, vsg_error *err) {
  size_t dot = path->length > 0;
  if (length >= VSG_PATH_MOST - path->length - dot) {
    return vsg_read_fail(r, err, "a name of over %d bytes", VSG_PATH_MOST);
  }
  if (dot) path->name[path->length] = '.';
  memcpy(path->name + path->length + dot, key, length);
  path->length += dot + length;
  return VSG_OK;
}

vsg_status vsg_path_enter_count(vsg_path *path, const vsg_reader *r,
                                size_t count, vsg_error *err) {
  char number[24];
  int length = snprintf(number, sizeof number, "%zu", count);
  return vsg_path_enter(path, r, number, (size_t)length, err);
}
