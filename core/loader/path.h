/* The dotted name of a value inside nested ones ("net.layers.1"), built on the
 * way down to it. */
#ifndef VSG_LOADER_PATH_H
#define VSG_LOADER_PATH_H

#include <stddef.h>

#include "core/base/error.h"
#include "core/base/reader.h"

enum { VSG_PATH_MOST = 1024 };

typedef struct vsg_path {
  char name[VSG_PATH_MOST]; /* not terminated */
  size_t length;
} vsg_path;

/* Appends a key, after a dot unless it is the first. To leave it again, set
 * length back to what it was. Too long a name is VSG_FORMAT at r's offset. */
vsg_status vsg_path_enter(vsg_path *path, const vsg_reader *r, const char *key,
                          size_t length, vsg_error *err);

/* Appends a count. */
vsg_status vsg_path_enter_count(vsg_path *path, const vsg_reader *r,
                                size_t count, vsg_error *err);

#endif
