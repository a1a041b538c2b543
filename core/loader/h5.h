/* HDF5 files in memory, as far as weights need them: groups, lists of strings
 * in attributes, datasets of numbers. Read by our own bounds-checked code and
 * not by libhdf5: its 1.10 crashes on one flipped byte in some hundred, prints
 * where it likes, opens other files that a file names, and tells no offset.
 *
 * Read is what h5py and Keras write unless told otherwise ("libver earliest"):
 * superblock 0 and 1, object headers 1, groups as symbol tables, layouts 3
 * (compact, contiguous, chunked), deflate, shuffle and fletcher32. Anything
 * newer, links, external and virtual storage are VSG_UNSUPPORTED. The format is
 * The HDF Group's "HDF5 File Format Specification Version 3.0"; the sections
 * that a part follows are named there.
 *
 * Errors name the file, the offset and the object. */
#ifndef VSG_LOADER_H5_H
#define VSG_LOADER_H5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/tensor/tensor.h"

typedef struct vsg_h5 {
  vsg_reader file; /* data and name are borrowed */
  uint64_t root;   /* the root group's object header */
  size_t work;   /* steps taken; limited, since structures can go in circles */
  size_t copied; /* bytes of strings; limited, since they can be shared */
} vsg_h5;

/* Reads the superblock at r's first byte. Nothing is to be closed. */
vsg_status vsg_h5_open(vsg_h5 *out, const vsg_reader *r, vsg_error *err);

/* *out says whether there is an object at path. */
vsg_status vsg_h5_exists(bool *out, vsg_h5 *h5, const char *path,
                         vsg_error *err);

typedef struct vsg_h5_strings {
  char **items; /* owned, each terminated */
  size_t count;
} vsg_h5_strings;

/* Appends the strings of an attribute, of fixed or variable length, a list or a
 * single one; *found is false when the object at path has none of that name.
 * What was in *out stays, on failure too. */
vsg_status vsg_h5_read_strings(vsg_h5_strings *out, bool *found, vsg_h5 *h5,
                               const char *path, const char *name,
                               vsg_error *err);
void vsg_h5_strings_free(vsg_h5_strings *strings);

/* *out is the dataset at path, of a type that elements.h knows. All its bytes
 * must be stored: none is made up from a fill value. */
vsg_status vsg_h5_read_dataset(vsg_tensor **out, vsg_h5 *h5, const char *path,
                               vsg_error *err);

#endif
