/* Reading zip archives; see zip.h.
 *
 *   local header, bytes | local header, bytes | ... | directory entry | ... |
 *   [zip64 end record, zip64 locator] | end record, comment
 *
 * Only the directory is believed; of a local header only the two lengths that
 * lead to the bytes are. */
#include "core/loader/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/base/size.h"
#include "core/loader/inflate.h"

enum {
  END_MARK = 0x06054b50,
  END64_MARK = 0x06064b50,
  LOCATOR_MARK = 0x07064b50,
  ENTRY_MARK = 0x02014b50,
  LOCAL_MARK = 0x04034b50,
  END_BYTES = 22,
  LOCATOR_BYTES = 20,
  ENTRY_BYTES = 46,
  COMMENT_MOST = 65535,
  ZIP64_FIELD = 1, /* the extra field that holds 64-bit sizes */
  STORED = 0,
  DEFLATED = 8,
};

static const uint32_t FULL32 = 0xffffffff; /* "see the zip64 field" */
static const uint16_t FULL16 = 0xffff;

static vsg_status skip(vsg_reader *r, size_t n, vsg_error *err) {
  const unsigned char *bytes;
  return vsg_read_bytes(&bytes, r, n, err);
}

static vsg_status read_mark(vsg_reader *r, uint32_t wanted, const char *what,
                            vsg_error *err) {
  uint32_t came;
  if (vsg_read_u32(&came, r, err)) return err->code;
  if (came != wanted) {
    r->at -= sizeof came;
    return vsg_read_fail(r, err, "zip: 0x%08x came, %s (0x%08x) wanted", came,
                         what, wanted);
  }
  return VSG_OK;
}

static vsg_status read_size(size_t *out, vsg_reader *r, vsg_error *err) {
  uint64_t value;
  if (vsg_read_u64(&value, r, err)) return err->code;
  *out = value;
  return VSG_OK;
}

/* ---- the end record ---- */

typedef struct directory {
  size_t count, size, offset;
} directory;

/* Leaves r at the end record: the last one whose comment ends the file. */
static vsg_status find_end(vsg_reader *r, vsg_error *err) {
  static const unsigned char mark[] = {0x50, 0x4b, 0x05, 0x06};
  size_t back = END_BYTES;
  for (; back <= r->size && back <= END_BYTES + COMMENT_MOST; back++) {
    const unsigned char *p = r->data + r->size - back;
    size_t comment = p[END_BYTES - 2] | (size_t)p[END_BYTES - 1] << 8;
    if (memcmp(p, mark, sizeof mark) == 0 && END_BYTES + comment == back) {
      return vsg_read_seek(r, r->size - back, err);
    }
  }
  r->at = r->size;
  return vsg_read_fail(r, err, "zip: no end record; the file is cut short");
}

static vsg_status read_end64(directory *out, vsg_reader *r, size_t end,
                             vsg_error *err) {
  size_t where;
  if (end < LOCATOR_BYTES) {
    return vsg_read_fail(r, err, "zip: no room for a zip64 locator");
  }
  if (vsg_read_seek(r, end - LOCATOR_BYTES, err)) return err->code;
  if (read_mark(r, LOCATOR_MARK, "a zip64 locator", err)) return err->code;
  if (skip(r, 4, err)) return err->code;
  if (read_size(&where, r, err)) return err->code;
  if (vsg_read_seek(r, where, err)) return err->code;
  if (read_mark(r, END64_MARK, "a zip64 end record", err)) return err->code;
  if (skip(r, 28, err))
    return err->code; /* size, versions, disks, count here */
  if (read_size(&out->count, r, err)) return err->code;
  if (read_size(&out->size, r, err)) return err->code;
  return read_size(&out->offset, r, err);
}

static vsg_status read_end(directory *out, vsg_reader *r, vsg_error *err) {
  uint16_t count;
  uint32_t size, offset;
  size_t end;
  if (find_end(r, err)) return err->code;
  end = r->at;
  if (skip(r, 10, err)) return err->code; /* mark, disks, count on this disk */
  if (vsg_read_u16(&count, r, err)) return err->code;
  if (vsg_read_u32(&size, r, err)) return err->code;
  if (vsg_read_u32(&offset, r, err)) return err->code;
  *out = (directory){count, size, offset};
  if (count == FULL16 || size == FULL32 || offset == FULL32) {
    return read_end64(out, r, end, err);
  }
  return VSG_OK;
}

/* ---- the directory ---- */

/* Replaces each full 32-bit number by the next one of the zip64 field. */
static vsg_status read_extra(vsg_zip_entry *e, vsg_reader *r, size_t end,
                             vsg_error *err) {
  size_t *const fields[] = {&e->size, &e->packed, &e->header};
  while (end - r->at >= 4) {
    uint16_t id, length;
    if (vsg_read_u16(&id, r, err)) return err->code;
    if (vsg_read_u16(&length, r, err)) return err->code;
    if (length > end - r->at) {
      return vsg_read_fail(r, err, "zip: an extra field of %d bytes, %zu left",
                           length, end - r->at);
    }
    vsg_reader field = {r->data, r->at + length, r->at, r->name};
    r->at += length;
    for (int i = 0; i < 3 && id == ZIP64_FIELD; i++) {
      if (*fields[i] != FULL32) continue;
      if (read_size(fields[i], &field, err)) return err->code;
    }
  }
  r->at = end;
  return VSG_OK;
}

static vsg_status check_entry(const vsg_zip_entry *e, uint16_t flags,
                              const vsg_reader *r, vsg_error *err) {
  if (flags & 1) {
    return vsg_fail(err, VSG_UNSUPPORTED, "%s: offset %zu: an encrypted entry",
                    r->name, r->at);
  }
  if (e->method == STORED && e->size != e->packed) {
    return vsg_read_fail(r, err, "zip: %zu bytes stored in %zu", e->size,
                         e->packed);
  }
  if (e->size / VSG_DEFLATE_MOST > e->packed) {
    return vsg_read_fail(r, err, "zip: %zu bytes cannot unpack to %zu",
                         e->packed, e->size);
  }
  return VSG_OK;
}

static vsg_status read_entry(vsg_zip_entry *e, vsg_reader *r, vsg_error *err) {
  uint16_t flags, lengths[3];
  uint32_t numbers[2], header;
  const unsigned char *name;
  if (read_mark(r, ENTRY_MARK, "a directory entry", err)) return err->code;
  if (skip(r, 4, err)) return err->code; /* versions */
  if (vsg_read_u16(&flags, r, err)) return err->code;
  if (vsg_read_u16(&e->method, r, err)) return err->code;
  if (skip(r, 4, err)) return err->code; /* time and date */
  if (vsg_read_u32(&e->crc, r, err)) return err->code;
  for (int i = 0; i < 2; i++) {
    if (vsg_read_u32(&numbers[i], r, err)) return err->code;
  }
  for (int i = 0; i < 3; i++) {
    if (vsg_read_u16(&lengths[i], r, err)) return err->code;
  }
  if (skip(r, 8, err)) return err->code; /* disk, attributes */
  if (vsg_read_u32(&header, r, err)) return err->code;
  if (vsg_read_bytes(&name, r, lengths[0], err)) return err->code;
  e->name = (const char *)name; /* text is bytes here */
  e->name_length = lengths[0];
  e->packed = numbers[0];
  e->size = numbers[1];
  e->header = header;
  if (lengths[1] > r->size - r->at) {
    return vsg_read_fail(r, err, "zip: an extra field past the end");
  }
  if (read_extra(e, r, r->at + lengths[1], err)) return err->code;
  if (skip(r, lengths[2], err)) return err->code; /* comment */
  return check_entry(e, flags, r, err);
}

static vsg_status read_entries(vsg_zip *z, vsg_reader *r, vsg_error *err) {
  size_t total = 0;
  for (size_t i = 0; i < z->count; i++) {
    if (read_entry(&z->entries[i], r, err)) return err->code;
    if (!vsg_size_add(&total, total, z->entries[i].packed) || total > r->size) {
      return vsg_read_fail(r, err, "zip: the entries overlap");
    }
  }
  return VSG_OK;
}

vsg_status vsg_zip_open(vsg_zip *out, const vsg_reader *r, vsg_error *err) {
  vsg_reader at = *r;
  directory d;
  *out = (vsg_zip){.archive = *r};
  if (read_end(&d, &at, err)) return err->code;
  if (vsg_read_seek(&at, d.offset, err)) return err->code;
  if (d.count > (at.size - at.at) / ENTRY_BYTES) {
    return vsg_read_fail(&at, err, "zip: %zu entries in %zu bytes", d.count,
                         at.size - at.at);
  }
  out->entries = calloc(d.count + 1, sizeof *out->entries);
  if (!out->entries) {
    return vsg_fail_memory(err, "zip", d.count * sizeof *out->entries);
  }
  out->count = d.count;
  if (read_entries(out, &at, err)) {
    vsg_zip_close(out);
    return err->code;
  }
  return VSG_OK;
}

void vsg_zip_close(vsg_zip *z) {
  free(z->entries);
  *z = (vsg_zip){.count = 0};
}

const vsg_zip_entry *vsg_zip_find(const vsg_zip *z, const char *name,
                                  size_t length) {
  for (size_t i = 0; i < z->count; i++) {
    const vsg_zip_entry *e = &z->entries[i];
    if (e->name_length == length && memcmp(e->name, name, length) == 0) {
      return e;
    }
  }
  return NULL;
}

/* ---- an entry's bytes ---- */

static vsg_status find_bytes(vsg_reader *out, const vsg_zip *z,
                             const vsg_zip_entry *entry, vsg_error *err) {
  uint16_t name, extra;
  *out = z->archive;
  if (vsg_read_seek(out, entry->header, err)) return err->code;
  if (read_mark(out, LOCAL_MARK, "a local header", err)) return err->code;
  if (skip(out, 22, err)) return err->code;
  if (vsg_read_u16(&name, out, err)) return err->code;
  if (vsg_read_u16(&extra, out, err)) return err->code;
  if (skip(out, (size_t)name + extra, err)) return err->code;
  if (entry->packed > out->size - out->at) {
    return vsg_read_fail(out, err, "zip: an entry of %zu bytes, %zu left",
                         entry->packed, out->size - out->at);
  }
  out->size = out->at + entry->packed;
  return VSG_OK;
}

vsg_status vsg_zip_stored(vsg_reader *out, const vsg_zip *z,
                          const vsg_zip_entry *entry, vsg_error *err) {
  if (find_bytes(out, z, entry, err)) return err->code;
  if (entry->method != STORED) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %zu: compression method %d, stored wanted",
                    out->name, out->at, entry->method);
  }
  return VSG_OK;
}

static vsg_status check_crc(const unsigned char *data, size_t size,
                            uint32_t wanted, const vsg_reader *r,
                            vsg_error *err) {
  uint32_t came = (uint32_t)crc32_z(0, data, size);
  if (came != wanted) {
    return vsg_read_fail(r, err, "zip: checksum %08x came, %08x wanted", came,
                         wanted);
  }
  return VSG_OK;
}

vsg_status vsg_zip_unpack(vsg_reader *out, unsigned char **block,
                          const vsg_zip *z, const vsg_zip_entry *entry,
                          vsg_error *err) {
  vsg_reader packed;
  *block = NULL;
  if (entry->method != DEFLATED) {
    if (vsg_zip_stored(out, z, entry, err)) return err->code;
    return check_crc(out->data + out->at, entry->size, entry->crc, out, err);
  }
  if (find_bytes(&packed, z, entry, err)) return err->code;
  *block = malloc(entry->size + 1);
  if (!*block) return vsg_fail_memory(err, packed.name, entry->size);
  if (vsg_inflate(*block, entry->size, &packed, true, err) ||
      check_crc(*block, entry->size, entry->crc, &packed, err)) {
    free(*block);
    *block = NULL;
    return err->code;
  }
  *out = (vsg_reader){*block, entry->size, 0, packed.name};
  return VSG_OK;
}
