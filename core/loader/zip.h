/* Reading zip archives in memory: what .npz and PyTorch's files need of
 * PKWARE's APPNOTE 6.3: stored and deflated entries, zip64. Own code because
 * libzip tells no offsets and copies what could stay mapped.
 *
 * Not here: encryption, several disks, writing (npy_write.c). */
#ifndef VSG_LOADER_ZIP_H
#define VSG_LOADER_ZIP_H

#include "core/base/error.h"
#include "core/base/reader.h"

typedef struct vsg_zip_entry {
  const char *name; /* borrowed from the archive; not terminated */
  size_t name_length;
  uint16_t method;
  uint32_t crc;
  size_t packed, size; /* bytes in the archive and after unpacking */
  size_t header;       /* offset of the local header */
} vsg_zip_entry;

typedef struct vsg_zip {
  vsg_reader archive; /* data and name are borrowed */
  vsg_zip_entry *entries;
  size_t count;
} vsg_zip;

/* Reads the directory. All entries together are no longer than the archive, and
 * none claims more bytes than deflate can make of it, so a small file cannot
 * ask for much memory. On failure nothing is to be closed. */
vsg_status vsg_zip_open(vsg_zip *out, const vsg_reader *r, vsg_error *err);
void vsg_zip_close(vsg_zip *z);

/* The entry of that name, or NULL. */
const vsg_zip_entry *vsg_zip_find(const vsg_zip *z, const char *name,
                                  size_t length);

/* A reader of a stored entry's bytes, at its first; offsets are the archive's.
 * A deflated entry is VSG_UNSUPPORTED. The checksum is not looked at, since
 * PyTorch can be told not to write it. */
vsg_status vsg_zip_stored(vsg_reader *out, const vsg_zip *z,
                          const vsg_zip_entry *entry, vsg_error *err);

/* The same for a deflated entry too, with its checksum verified. *block is what
 * the caller frees once done with out: NULL for a stored entry. */
vsg_status vsg_zip_unpack(vsg_reader *out, unsigned char **block,
                          const vsg_zip *z, const vsg_zip_entry *entry,
                          vsg_error *err);

#endif
