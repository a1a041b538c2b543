/* HDF5 files in memory, as far as weights need them: groups, lists of strings
 * in attributes, datasets of numbers or of references to objects. Read by our
 * own bounds-checked code and not by libhdf5: its 1.10 crashes on one flipped
 * byte in some hundred, prints where it likes, opens other files that a file
 * names, and tells no offset.
 *
 * Read is all that h5py and Keras write unless told otherwise ("libver
 * earliest"), and what track_order and newer libver change of small files:
 * superblocks 0 to 3, behind a user block too; object headers 1 and 2; groups
 * as symbol tables or link messages; layouts 1 to 4 (compact, contiguous, and
 * chunked with the B-tree of layouts 1 to 3); deflate, shuffle and fletcher32.
 * Dense groups and attributes, other indexes of chunks, soft and external
 * links, shared messages, external and virtual storage are VSG_UNSUPPORTED. The
 * format is The HDF Group's "HDF5 File Format Specification Version 3.0"; the
 * sections that a part follows are named there.
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
  size_t base;     /* where addresses count from: the superblock */
  uint64_t root;   /* the root group's object header */
  size_t work;   /* steps taken; limited, since structures can go in circles */
  size_t copied; /* bytes of strings; limited, since they can be shared */
  size_t taken;  /* bytes of datasets; limited to the file's size */
} vsg_h5;

/* Whether there is a superblock's signature at byte 0, 512, 1024, 2048, ...;
 * *at says where. */
bool vsg_h5_locate(size_t *at, const unsigned char *data, size_t size);

/* Reads the superblock of the file that begins at r's offset and ends at its
 * end. Nothing is to be closed. */
vsg_status vsg_h5_open(vsg_h5 *out, const vsg_reader *r, vsg_error *err);

/* *out says whether there is an object at path. */
vsg_status vsg_h5_exists(bool *out, vsg_h5 *h5, const char *path,
                         vsg_error *err);

/* Gets a path from the root on, "/a/b". */
typedef vsg_status vsg_h5_visit_path(void *context, const char *path,
                                     vsg_error *err);

/* Gives every object that is no group to visit, in the file's order. */
vsg_status vsg_h5_walk(vsg_h5 *h5, vsg_h5_visit_path *visit, void *context,
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

/* The same of objects by their addresses, which come from h5->root, from the
 * members of a group and from references. Any address is checked. */

/* Gets a member of a group; name is not terminated. */
typedef vsg_status vsg_h5_visit_member(void *context, vsg_h5 *h5,
                                       const char *name, size_t length,
                                       uint64_t object, vsg_error *err);

/* Gives the members of a group to visit; *is_group is false, and there are
 * none, when the object is no group. */
vsg_status vsg_h5_members(bool *is_group, vsg_h5 *h5, uint64_t object,
                          vsg_h5_visit_member *visit, void *context,
                          vsg_error *err);

/* As vsg_h5_read_strings. */
vsg_status vsg_h5_strings_of(vsg_h5_strings *out, bool *found, vsg_h5 *h5,
                             uint64_t object, const char *name, vsg_error *err);
/* Whether the object has an attribute of that name, of any type. */
vsg_status vsg_h5_has_attribute(bool *found, vsg_h5 *h5, uint64_t object,
                                const char *name, vsg_error *err);

/* As vsg_h5_read_dataset. Of a dataset of references *references is true, and
 * its elements are objects' addresses, as i64. */
vsg_status vsg_h5_dataset_of(vsg_tensor **out, bool *references, vsg_h5 *h5,
                             uint64_t object, vsg_error *err);

#endif
