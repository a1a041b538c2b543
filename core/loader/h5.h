/* HDF5 files in memory, as far as weights need them: groups, lists of strings
 * in attributes, datasets of numbers. A thin, strict layer over libhdf5: what a
 * hostile file could use to reach outside itself (external links, external and
 * virtual storage, filter plugins) is refused, and no dataset may claim more
 * bytes than its stored ones can unpack to.
 *
 * Errors name the file, the object and what libhdf5 says. */
#ifndef VSG_LOADER_H5_H
#define VSG_LOADER_H5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/tensor/tensor.h"

typedef struct vsg_h5 {
  int64_t file, group_access, dataset_access; /* libhdf5's hid_t */
  const char *name;                           /* borrowed */
  size_t size;
} vsg_h5;

/* Opens what r holds from its first byte; the bytes stay borrowed until close.
 * On failure there is nothing to close. */
vsg_status vsg_h5_open(vsg_h5 *out, const vsg_reader *r, vsg_error *err);
void vsg_h5_close(vsg_h5 *h5);

/* Whether the root holds a group of that name. */
bool vsg_h5_has_group(const vsg_h5 *h5, const char *path);

/* Whether the object at path has an attribute of that name. */
bool vsg_h5_has_attribute(const vsg_h5 *h5, const char *path, const char *name);

typedef struct vsg_h5_strings {
  char **items; /* owned, each terminated */
  size_t count;
} vsg_h5_strings;

/* Appends the strings of an attribute, of fixed or variable length, a list or a
 * single one. What was in *out stays, on failure too. */
vsg_status vsg_h5_read_strings(vsg_h5_strings *out, const vsg_h5 *h5,
                               const char *path, const char *name,
                               vsg_error *err);
void vsg_h5_strings_free(vsg_h5_strings *strings);

/* *out is the dataset at path: IEEE floats of 2, 4 and 8 bytes and integers
 * that elements.h knows, in either byte order. */
vsg_status vsg_h5_read_dataset(vsg_tensor **out, const vsg_h5 *h5,
                               const char *path, vsg_error *err);

#endif
