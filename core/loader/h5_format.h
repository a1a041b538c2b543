/* What the parts of the HDF5 reader share: h5.c (superblock, object headers),
 * h5_group.c (groups, paths), h5_attribute.c (types, shapes, strings),
 * h5_data.c and h5_chunks.c (datasets). */
#ifndef VSG_LOADER_H5_FORMAT_H
#define VSG_LOADER_H5_FORMAT_H

#include "core/loader/elements.h"
#include "core/loader/h5.h"

/* "No address." */
#define VSG_H5_UNDEFINED UINT64_MAX

/* Messages of an object header, section IV.A.2. */
typedef enum vsg_h5_type {
  VSG_H5_SPACE = 0x01,
  VSG_H5_LINK_INFO = 0x02,
  VSG_H5_DATATYPE = 0x03,
  VSG_H5_LINK = 0x06,
  VSG_H5_EXTERNAL = 0x07,
  VSG_H5_LAYOUT = 0x08,
  VSG_H5_FILTERS = 0x0b,
  VSG_H5_ATTRIBUTE = 0x0c,
  VSG_H5_CONTINUATION = 0x10,
  VSG_H5_SYMBOLS = 0x11,
  VSG_H5_ATTRIBUTE_INFO = 0x15,
} vsg_h5_type;

/* Gets each message; body is its bytes alone. */
typedef vsg_status vsg_h5_visit(void *context, vsg_h5 *h5, int type,
                                vsg_reader *body, vsg_error *err);

/* VSG_UNSUPPORTED at r's offset. */
vsg_status vsg_h5_refuse(const vsg_reader *r, const char *what, vsg_error *err);
/* Adds the object to a failure's text. */
vsg_status vsg_h5_blame(const char *path, vsg_error *err);
/* One step more, or VSG_FORMAT after too many. */
vsg_status vsg_h5_step(vsg_h5 *h5, const vsg_reader *r, vsg_error *err);
/* *out reads from address to the file's end. */
vsg_status vsg_h5_at(vsg_reader *out, const vsg_h5 *h5, uint64_t address,
                     vsg_error *err);
vsg_status vsg_h5_skip(vsg_reader *r, size_t n, vsg_error *err);
/* Counts n stored bytes of a dataset. Datasets do not overlap, so over the
 * file's size in all they are VSG_FORMAT: else a short file that names one
 * dataset a thousand times would ask for any memory. Deflated ones may become
 * VSG_DEFLATE_MOST times as long. */
vsg_status vsg_h5_take(vsg_h5 *h5, const vsg_reader *r, size_t n,
                       vsg_error *err);
/* A number of 1, 2, 4 or 8 bytes. */
vsg_status vsg_h5_read_width(uint64_t *out, vsg_reader *r, int width,
                             vsg_error *err);
/* Four bytes that must be the mark. */
vsg_status vsg_h5_mark(vsg_reader *r, const char *mark, vsg_error *err);
/* *out reads the next n bytes of r, which moves past them. */
vsg_status vsg_h5_part(vsg_reader *out, vsg_reader *r, size_t n,
                       vsg_error *err);
/* Gives every message of the object to visit. */
vsg_status vsg_h5_messages(vsg_h5 *h5, uint64_t address, vsg_h5_visit *visit,
                           void *context, vsg_error *err);
/* The object header at path; *found is false when there is none. */
vsg_status vsg_h5_find(uint64_t *address, bool *found, vsg_h5 *h5,
                       const char *path, vsg_error *err);

typedef struct vsg_h5_space {
  int dims;
  long shape[VSG_MAX_DIMS];
  size_t count; /* their product, checked; 0 for a null space */
} vsg_h5_space;

/* A dataspace message. */
vsg_status vsg_h5_read_space(vsg_h5_space *out, vsg_reader *r, vsg_error *err);

typedef enum vsg_h5_class {
  VSG_H5_INTEGER = 0,
  VSG_H5_FLOAT = 1,
  VSG_H5_STRING = 3,
  VSG_H5_REFERENCE = 7, /* those to objects are read, as their addresses */
  VSG_H5_VARIABLE = 9,  /* of variable length; strings alone are read */
} vsg_h5_class;

typedef struct vsg_h5_datatype {
  int class;
  uint32_t bits; /* the class's 24 bits of flags */
  uint32_t size; /* bytes of one element */
} vsg_h5_datatype;

/* The fixed part of a datatype message; r is left at its properties. */
vsg_status vsg_h5_read_type(vsg_h5_datatype *out, vsg_reader *r,
                            vsg_error *err);

enum {
  /* layouts */
  VSG_H5_COMPACT = 0, /* in the object header */
  VSG_H5_CONTIGUOUS = 1,
  VSG_H5_CHUNKED = 2,
  VSG_H5_NO_LAYOUT = 255,
  /* filters */
  VSG_H5_DEFLATE = 1,
  VSG_H5_SHUFFLE = 2,
  VSG_H5_FLETCHER32 = 3,
  VSG_H5_FILTERS_MOST = 3, /* each of them once */
};

typedef struct vsg_h5_dataset {
  vsg_h5_space space;
  const vsg_element *type; /* NULL: none seen yet */
  bool swap;
  bool references; /* the elements are addresses of objects */
  int layout;
  vsg_reader compact;
  uint64_t address,
      stored; /* contiguous; address: also the tree of chunks;
                stored: VSG_H5_UNDEFINED when the file tells no size */
  long chunk[VSG_MAX_DIMS];
  int chunk_dims;
  size_t chunk_bytes;
  int filters[VSG_H5_FILTERS_MOST], filter_count;
} vsg_h5_dataset;

/* The tensor of a chunked dataset with elements. */
vsg_status vsg_h5_read_chunked(vsg_tensor **out, const vsg_h5_dataset *d,
                               vsg_h5 *h5, vsg_error *err);

#endif
