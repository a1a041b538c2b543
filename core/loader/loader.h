/* Loaders: a file of weights in, named tensors out.
 *
 * One file per format (loaders.def). A loader trusts no byte: it reads through
 * base/reader.h, checks every product of numbers that the file supplied, and
 * runs nothing that the file holds. Names are the file's own; what a network
 * calls its tensors is the business of lua/visage/models.
 *
 * A corrupt or truncated file fails with VSG_FORMAT and "FILE: offset N: what
 * came, what was wanted"; one that cannot be read, with VSG_IO; a sound file
 * with a feature that has no place here, with VSG_UNSUPPORTED. */
#ifndef VSG_LOADER_LOADER_H
#define VSG_LOADER_LOADER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/tensor/tensor.h"

/* Weight files are little endian and are copied as they lie. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the loaders copy little-endian files into memory as they are");

/* ---- the collection ---- */

typedef struct vsg_named {
  char *name;         /* owned */
  vsg_tensor *tensor; /* owned; may be a view that shares storage with others */
} vsg_named;

/* What a file says besides tensors: an epoch, a version, a configuration. */
typedef struct vsg_note {
  char *key;  /* owned */
  char *text; /* owned */
} vsg_note;

typedef struct vsg_network vsg_network; /* network.h */

typedef struct vsg_weights {
  const char *format; /* the loader's name; static */
  const char *path;   /* of the file while it is read, for files that lie beside
                         it; NULL when the bytes came from memory; borrowed */
  vsg_named *items;   /* in the file's order; no name comes twice */
  size_t count, room;
  vsg_note *notes;
  size_t note_count, note_room;
  vsg_network *network; /* owned; NULL when the format holds none */
  size_t
      text; /* bytes of all but the tensors; limited, files can repeat them */
} vsg_weights;

/* NULL is fine. */
void vsg_weights_free(vsg_weights *w);

/* Counts bytes that the weights are about to hold besides tensors: over 64 MiB
 * in all are VSG_FORMAT. */
vsg_status vsg_weights_count(vsg_weights *w, const vsg_reader *r, size_t bytes,
                             vsg_error *err);

/* Appends a tensor under the length bytes of name. Takes the tensor, on failure
 * too. A name that holds a zero byte is VSG_FORMAT, at r's offset. */
vsg_status vsg_weights_add(vsg_weights *w, const vsg_reader *r,
                           const char *name, size_t length, vsg_tensor *tensor,
                           vsg_error *err);

/* Appends a note; key and text are copied up to their lengths. */
vsg_status vsg_weights_note(vsg_weights *w, const vsg_reader *r,
                            const char *key, size_t key_length,
                            const char *text, size_t text_length,
                            vsg_error *err);

/* ---- the contract of a format ---- */

typedef struct vsg_loader {
  const char *name;
  /* Whether the bytes look like this format. Reads no more than it must. */
  bool (*sniff)(const unsigned char *data, size_t size);
  /* Adds the file's tensors to out. On failure out may hold some of them. */
  vsg_status (*read)(vsg_weights *out, vsg_reader *r, vsg_error *err);
} vsg_loader;

#define VSG_LOADER(name) extern const vsg_loader vsg_loader_##name;
#include "core/loader/loaders.def"
#undef VSG_LOADER

/* ---- reading ---- */

/* The loader that the bytes look to be for, or NULL. */
const vsg_loader *vsg_loader_of(const unsigned char *data, size_t size);

/* *out is what the file at path holds, its format told by its content; free
 * with vsg_weights_free. On failure *out is NULL. */
vsg_status vsg_loader_read(vsg_weights **out, const char *path, vsg_error *err);

/* The same from size bytes at data, which may go away afterwards. name stands
 * for the file in errors. */
vsg_status vsg_loader_read_memory(vsg_weights **out, const char *name,
                                  const void *data, size_t size,
                                  vsg_error *err);

#endif
