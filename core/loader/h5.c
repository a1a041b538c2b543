/* HDF5: superblock and object headers; see h5.h and h5_format.h. */
#include "core/loader/h5.h"

#include <string.h>

#include "core/base/size.h"
#include "core/loader/h5_format.h"

enum {
  WORK_MOST = 1 << 22,
  BLOCKS_MOST = 1024, /* continuation blocks of one object */
  WORD = 8,           /* bytes of an address and of a length */
  FIRST_PLACE = 512,  /* of a superblock behind a user's bytes; then doubled */
  HEAD_1 = 8,         /* bytes of a message's head, and in headers 2 */
  HEAD_2 = 4,
  CHECKSUM = 4,
};

/* ---- steps and pieces ---- */

vsg_status vsg_h5_refuse(const vsg_reader *r, const char *what,
                         vsg_error *err) {
  return vsg_fail(err, VSG_UNSUPPORTED, "%s: offset %zu: hdf5: %s", r->name,
                  r->at, what);
}

vsg_status vsg_h5_blame(const char *path, vsg_error *err) {
  vsg_error inner = *err;
  return vsg_fail(err, inner.code, "%.700s (in '%.200s')", inner.text, path);
}

vsg_status vsg_h5_step(vsg_h5 *h5, const vsg_reader *r, vsg_error *err) {
  if (++h5->work > WORK_MOST) {
    return vsg_read_fail(
        r, err, "hdf5: over %d steps; the file goes in circles", WORK_MOST);
  }
  return VSG_OK;
}

vsg_status vsg_h5_at(vsg_reader *out, const vsg_h5 *h5, uint64_t address,
                     vsg_error *err) {
  size_t from;
  *out = h5->file;
  if (!vsg_size_add(&from, h5->base, address)) from = SIZE_MAX; /* past it */
  return vsg_read_seek(out, from, err);
}

vsg_status vsg_h5_take(vsg_h5 *h5, const vsg_reader *r, size_t n,
                       vsg_error *err) {
  if (n > h5->file.size - h5->taken) {
    return vsg_read_fail(r, err,
                         "hdf5: datasets that share their bytes, over %zu in "
                         "all",
                         h5->file.size);
  }
  h5->taken += n;
  return VSG_OK;
}

vsg_status vsg_h5_skip(vsg_reader *r, size_t n, vsg_error *err) {
  const unsigned char *bytes;
  return vsg_read_bytes(&bytes, r, n, err);
}

vsg_status vsg_h5_mark(vsg_reader *r, const char *mark, vsg_error *err) {
  const unsigned char *bytes;
  if (vsg_read_bytes(&bytes, r, 4, err)) return err->code;
  if (memcmp(bytes, mark, 4) != 0) {
    r->at -= 4;
    return vsg_read_fail(r, err, "hdf5: no '%s' here", mark);
  }
  return VSG_OK;
}

vsg_status vsg_h5_part(vsg_reader *out, vsg_reader *r, size_t n,
                       vsg_error *err) {
  *out = *r;
  if (vsg_h5_skip(r, n, err)) return err->code;
  out->size = r->at;
  return VSG_OK;
}

vsg_status vsg_h5_read_width(uint64_t *out, vsg_reader *r, int width,
                             vsg_error *err) {
  const unsigned char *bytes;
  if (vsg_read_bytes(&bytes, r, (size_t)width, err)) return err->code;
  *out = 0;
  for (int i = width - 1; i >= 0; i--) *out = *out << 8 | bytes[i];
  return VSG_OK;
}

/* ---- the superblock, section II.A ---- */

bool vsg_h5_locate(size_t *at, const unsigned char *data, size_t size) {
  static const char signature[8] = "\x89HDF\r\n\x1a\n";
  *at = 0;
  while (size >= sizeof signature && *at <= size - sizeof signature) {
    if (memcmp(data + *at, signature, sizeof signature) == 0) return true;
    *at = *at == 0 ? FIRST_PLACE : *at * 2;
  }
  return false;
}

/* Versions 0 and 1 end with the root group's symbol, 2 and 3 with its address
 * and a checksum. */
static vsg_status read_superblock(vsg_h5 *out, uint64_t *end, vsg_reader *r,
                                  vsg_error *err) {
  uint8_t version, offsets, lengths;
  uint64_t base;
  size_t start = r->at;
  if (vsg_h5_skip(r, 8, err)) return err->code; /* the signature */
  if (vsg_read_u8(&version, r, err)) return err->code;
  if (version > 3) return vsg_h5_refuse(r, "a superblock after version 3", err);
  if (vsg_h5_skip(r, version < 2 ? 4 : 0, err) ||
      vsg_read_u8(&offsets, r, err) || vsg_read_u8(&lengths, r, err) ||
      vsg_h5_skip(r,
                  version == 0   ? 9
                  : version == 1 ? 13
                                 : 1,
                  err) ||
      vsg_read_u64(&base, r, err) || vsg_h5_skip(r, WORD, err) ||
      vsg_read_u64(end, r, err) ||
      vsg_h5_skip(r, version < 2 ? 2 * WORD : 0, err) ||
      vsg_read_u64(&out->root, r, err)) {
    return err->code;
  }
  if (offsets != WORD || lengths != WORD || base != start - out->file.at) {
    return vsg_h5_refuse(r, "addresses not of 8 bytes or not from here", err);
  }
  out->base = start;
  return VSG_OK;
}

vsg_status vsg_h5_open(vsg_h5 *out, const vsg_reader *r, vsg_error *err) {
  uint64_t end;
  size_t offset;
  vsg_reader at = *r;
  *out = (vsg_h5){.file = *r};
  if (!vsg_h5_locate(&offset, r->data + r->at, r->size - r->at)) {
    return vsg_read_fail(r, err, "hdf5: no superblock");
  }
  at.at += offset;
  if (read_superblock(out, &end, &at, err)) return err->code;
  if (end > r->size - r->at) {
    at.at = r->size;
    return vsg_read_fail(&at, err,
                         "hdf5: the file is cut short, it had %llu "
                         "bytes",
                         (unsigned long long)end);
  }
  return VSG_OK;
}

/* ---- object headers, section IV.A.1 ---- */

typedef struct blocks {
  vsg_reader list[BLOCKS_MOST];
  int count;
  bool marked;    /* version 2: blocks have a mark and a checksum */
  bool has_order; /* and messages perhaps their order of creation */
} blocks;

static vsg_status add_block(blocks *b, vsg_h5 *h5, vsg_reader *body,
                            vsg_error *err) {
  uint64_t address, length;
  vsg_reader at, *block = &b->list[b->count];
  if (b->count == BLOCKS_MOST) {
    return vsg_read_fail(body, err, "hdf5: over %d blocks", BLOCKS_MOST);
  }
  if (vsg_read_u64(&address, body, err) || vsg_read_u64(&length, body, err) ||
      vsg_h5_at(&at, h5, address, err) ||
      vsg_h5_part(block, &at, length, err)) {
    return err->code;
  }
  b->count++;
  if (!b->marked) return VSG_OK;
  if (vsg_h5_mark(block, "OCHK", err)) return err->code;
  if (block->size - block->at < CHECKSUM) {
    return vsg_read_fail(block, err, "hdf5: no checksum");
  }
  block->size -= CHECKSUM;
  return VSG_OK;
}

static vsg_status read_head(uint16_t *type, uint16_t *size, uint8_t *flags,
                            const blocks *b, vsg_reader *r, vsg_error *err) {
  uint8_t narrow = 0;
  if (b->marked ? vsg_read_u8(&narrow, r, err) : vsg_read_u16(type, r, err)) {
    return err->code;
  }
  if (b->marked) *type = narrow;
  if (vsg_read_u16(size, r, err)) return err->code;
  if (vsg_read_u8(flags, r, err)) return err->code;
  return vsg_h5_skip(r, !b->marked ? 3 : b->has_order ? 2 : 0, err);
}

static vsg_status read_message(blocks *b, vsg_reader *r, vsg_h5 *h5,
                               vsg_h5_visit *visit, void *context,
                               vsg_error *err) {
  uint16_t type, size;
  uint8_t flags;
  vsg_reader body;
  if (vsg_h5_step(h5, r, err) || read_head(&type, &size, &flags, b, r, err) ||
      vsg_h5_part(&body, r, size, err)) {
    return err->code;
  }
  if (type == VSG_H5_CONTINUATION) return add_block(b, h5, &body, err);
  if (flags & 2 && (type == VSG_H5_DATATYPE || type == VSG_H5_FILTERS ||
                    type == VSG_H5_SPACE || type == VSG_H5_ATTRIBUTE)) {
    return vsg_h5_refuse(&body, "a message shared between objects", err);
  }
  return visit(context, h5, type, &body, err);
}

/* The first block of a header of version 1, as of HDF5 1.6. */
static vsg_status read_header_1(blocks *b, vsg_reader *r, vsg_error *err) {
  uint8_t version;
  uint32_t size;
  if (vsg_read_u8(&version, r, err)) return err->code;
  if (version != 1) {
    return vsg_read_fail(r, err, "hdf5: an object header of version %d",
                         version);
  }
  if (vsg_h5_skip(r, 7, err) || vsg_read_u32(&size, r, err) ||
      vsg_h5_skip(r, 4, err)) {
    return err->code;
  }
  return vsg_h5_part(&b->list[0], r, size, err);
}

/* Of version 2, as of HDF5 1.8. Its checksums are not looked at: they guard no
 * more than the messages, and those are checked one by one. */
static vsg_status read_header_2(blocks *b, vsg_reader *r, vsg_error *err) {
  const int has_order = 4, has_limits = 16, has_times = 32;
  uint8_t version, flags;
  uint64_t size;
  b->marked = true;
  if (vsg_h5_mark(r, "OHDR", err) || vsg_read_u8(&version, r, err) ||
      vsg_read_u8(&flags, r, err)) {
    return err->code;
  }
  if (version != 2) {
    return vsg_read_fail(r, err, "hdf5: an object header of version %d",
                         version);
  }
  b->has_order = flags & has_order;
  if (vsg_h5_skip(r, flags & has_times ? 16 : 0, err) ||
      vsg_h5_skip(r, flags & has_limits ? 4 : 0, err) ||
      vsg_h5_read_width(&size, r, 1 << (flags & 3), err)) {
    return err->code;
  }
  return vsg_h5_part(&b->list[0], r, size, err);
}

vsg_status vsg_h5_messages(vsg_h5 *h5, uint64_t address, vsg_h5_visit *visit,
                           void *context, vsg_error *err) {
  vsg_reader r;
  blocks b = {.count = 1};
  if (vsg_h5_at(&r, h5, address, err)) return err->code;
  bool is_new = r.size - r.at >= 4 && memcmp(r.data + r.at, "OHDR", 4) == 0;
  if (is_new ? read_header_2(&b, &r, err) : read_header_1(&b, &r, err)) {
    return err->code;
  }
  size_t head = !b.marked ? HEAD_1 : b.has_order ? HEAD_2 + 2 : HEAD_2;
  for (int i = 0; i < b.count; i++) {
    while (b.list[i].size - b.list[i].at >= head) {
      if (read_message(&b, &b.list[i], h5, visit, context, err)) {
        return err->code;
      }
    }
  }
  return VSG_OK;
}
