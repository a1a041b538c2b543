/* HDF5: superblock, object headers and groups; see h5.h and h5_format.h. */
#include "core/loader/h5.h"

#include <string.h>

#include "core/loader/h5_format.h"

enum {
  WORK_MOST = 1 << 22,
  BLOCKS_MOST = 1024, /* continuation blocks of one object */
  WORD = 8,           /* bytes of an address and of a length */
  SOFT_LINK = 2,      /* a symbol's cache type */
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
  *out = h5->file;
  return vsg_read_seek(out, address, err);
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

/* ---- the superblock, section II.A ---- */

vsg_status vsg_h5_open(vsg_h5 *out, const vsg_reader *r, vsg_error *err) {
  uint8_t version, offsets, lengths;
  uint64_t base, end;
  vsg_reader at = *r;
  *out = (vsg_h5){.file = *r};
  if (vsg_h5_skip(&at, 8, err)) return err->code; /* the signature */
  if (vsg_read_u8(&version, &at, err)) return err->code;
  if (version > 1) {
    return vsg_h5_refuse(&at,
                         "a superblock of HDF5 1.8 or later (save with "
                         "h5py's libver='earliest')",
                         err);
  }
  if (vsg_h5_skip(&at, 4, err) || vsg_read_u8(&offsets, &at, err) ||
      vsg_read_u8(&lengths, &at, err) ||
      vsg_h5_skip(&at, version == 0 ? 9 : 13, err) ||
      vsg_read_u64(&base, &at, err) || vsg_h5_skip(&at, WORD, err) ||
      vsg_read_u64(&end, &at, err) || vsg_h5_skip(&at, 2 * WORD, err) ||
      vsg_read_u64(&out->root, &at, err)) {
    return err->code;
  }
  if (offsets != WORD || lengths != WORD || base != 0) {
    return vsg_h5_refuse(&at, "addresses not of 8 bytes or not from 0", err);
  }
  if (end > r->size) {
    at.at = r->size;
    return vsg_read_fail(&at, err,
                         "hdf5: the file is cut short, it had %llu "
                         "bytes",
                         (unsigned long long)end);
  }
  return VSG_OK;
}

/* ---- object headers of version 1, section IV.A.1.a ---- */

typedef struct blocks {
  vsg_reader list[BLOCKS_MOST];
  int count;
} blocks;

static vsg_status add_block(blocks *b, vsg_h5 *h5, vsg_reader *body,
                            vsg_error *err) {
  uint64_t address, length;
  vsg_reader at;
  if (b->count == BLOCKS_MOST) {
    return vsg_read_fail(body, err, "hdf5: over %d blocks", BLOCKS_MOST);
  }
  if (vsg_read_u64(&address, body, err)) return err->code;
  if (vsg_read_u64(&length, body, err)) return err->code;
  if (vsg_h5_at(&at, h5, address, err)) return err->code;
  return vsg_h5_part(&b->list[b->count++], &at, length, err);
}

static vsg_status read_message(blocks *b, vsg_reader *r, vsg_h5 *h5,
                               vsg_h5_visit *visit, void *context,
                               vsg_error *err) {
  uint16_t type, size;
  uint8_t flags;
  vsg_reader body;
  if (vsg_h5_step(h5, r, err) || vsg_read_u16(&type, r, err) ||
      vsg_read_u16(&size, r, err) || vsg_read_u8(&flags, r, err) ||
      vsg_h5_skip(r, 3, err) || vsg_h5_part(&body, r, size, err)) {
    return err->code;
  }
  if (type == VSG_H5_CONTINUATION) return add_block(b, h5, &body, err);
  if (flags & 2 && (type == VSG_H5_DATATYPE || type == VSG_H5_FILTERS ||
                    type == VSG_H5_SPACE || type == VSG_H5_ATTRIBUTE)) {
    return vsg_h5_refuse(&body, "a message shared between objects", err);
  }
  return visit(context, h5, type, &body, err);
}

vsg_status vsg_h5_messages(vsg_h5 *h5, uint64_t address, vsg_h5_visit *visit,
                           void *context, vsg_error *err) {
  const size_t head = 8; /* of a message */
  uint8_t version;
  uint32_t size;
  vsg_reader r;
  blocks b = {.count = 1};
  if (vsg_h5_at(&r, h5, address, err)) return err->code;
  if (r.size - r.at >= 4 && memcmp(r.data + r.at, "OHDR", 4) == 0) {
    return vsg_h5_refuse(&r, "an object of HDF5 1.8 or later", err);
  }
  if (vsg_read_u8(&version, &r, err)) return err->code;
  if (version != 1) {
    return vsg_read_fail(&r, err, "hdf5: an object header of version %d",
                         version);
  }
  if (vsg_h5_skip(&r, 7, err) || vsg_read_u32(&size, &r, err) ||
      vsg_h5_skip(&r, 4, err) || vsg_h5_part(&b.list[0], &r, size, err)) {
    return err->code;
  }
  for (int i = 0; i < b.count; i++) {
    while (b.list[i].size - b.list[i].at >= head) {
      if (read_message(&b, &b.list[i], h5, visit, context, err)) {
        return err->code;
      }
    }
  }
  return VSG_OK;
}

/* ---- groups: a B-tree of symbol nodes, names in a heap; section III ---- */

typedef struct search {
  const char *name;
  size_t length;
  uint64_t tree, heap; /* of the group that is searched */
  vsg_reader names;    /* the heap's bytes; an offset of 0 is names.at */
  uint64_t found;      /* the object, or VSG_H5_UNDEFINED */
} search;

static vsg_status visit_group(void *context, vsg_h5 *h5, int type,
                              vsg_reader *body, vsg_error *err) {
  search *s = context;
  (void)h5;
  if (type == VSG_H5_LINK || type == VSG_H5_LINK_INFO) {
    return vsg_h5_refuse(body,
                         "a group of HDF5 1.8 or later, or an external "
                         "link",
                         err);
  }
  if (type != VSG_H5_SYMBOLS) return VSG_OK;
  if (vsg_read_u64(&s->tree, body, err)) return err->code;
  return vsg_read_u64(&s->heap, body, err);
}

static vsg_status read_heap(search *s, vsg_h5 *h5, vsg_error *err) {
  uint64_t size, address;
  vsg_reader r;
  if (vsg_h5_at(&r, h5, s->heap, err) || vsg_h5_mark(&r, "HEAP", err) ||
      vsg_h5_skip(&r, 4, err) || vsg_read_u64(&size, &r, err) ||
      vsg_h5_skip(&r, WORD, err) || vsg_read_u64(&address, &r, err) ||
      vsg_h5_at(&r, h5, address, err)) {
    return err->code;
  }
  return vsg_h5_part(&s->names, &r, size, err);
}

/* Whether the heap has the name at offset. */
static bool same_name(const search *s, uint64_t offset) {
  size_t left = s->names.size - s->names.at;
  const unsigned char *text = s->names.data + s->names.at;
  return offset < left && left - offset > s->length &&
         memcmp(text + offset, s->name, s->length) == 0 &&
         text[offset + s->length] == '\0';
}

static vsg_status search_symbols(search *s, vsg_h5 *h5, uint64_t address,
                                 vsg_error *err) {
  uint16_t count;
  vsg_reader r;
  if (vsg_h5_at(&r, h5, address, err) || vsg_h5_mark(&r, "SNOD", err) ||
      vsg_h5_skip(&r, 2, err) || vsg_read_u16(&count, &r, err)) {
    return err->code;
  }
  for (int i = 0; i < count && s->found == VSG_H5_UNDEFINED; i++) {
    uint64_t name, object;
    uint32_t cache;
    if (vsg_h5_step(h5, &r, err) || vsg_read_u64(&name, &r, err) ||
        vsg_read_u64(&object, &r, err) || vsg_read_u32(&cache, &r, err) ||
        vsg_h5_skip(&r, 20, err)) {
      return err->code;
    }
    if (!same_name(s, name)) continue;
    if (cache == SOFT_LINK) return vsg_h5_refuse(&r, "a soft link", err);
    s->found = object;
  }
  return VSG_OK;
}

/* Levels go down to 0, so that the recursion ends. */
static vsg_status search_tree(search *s, vsg_h5 *h5, uint64_t address, int most,
                              vsg_error *err) {
  uint8_t type, level;
  uint16_t count;
  vsg_reader r;
  if (vsg_h5_at(&r, h5, address, err) || vsg_h5_mark(&r, "TREE", err) ||
      vsg_read_u8(&type, &r, err) || vsg_read_u8(&level, &r, err) ||
      vsg_read_u16(&count, &r, err) || vsg_h5_skip(&r, 2 * WORD, err)) {
    return err->code;
  }
  if (type != 0 || level > most) {
    return vsg_read_fail(&r, err, "hdf5: a tree of type %d and level %d", type,
                         level);
  }
  for (int i = 0; i < count && s->found == VSG_H5_UNDEFINED; i++) {
    uint64_t child;
    if (vsg_h5_step(h5, &r, err) || vsg_h5_skip(&r, WORD, err) || /* the key */
        vsg_read_u64(&child, &r, err)) {
      return err->code;
    }
    if (level == 0 ? search_symbols(s, h5, child, err)
                   : search_tree(s, h5, child, level - 1, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* Replaces the group at *address by its member of that name. */
static vsg_status enter(uint64_t *address, vsg_h5 *h5, const char *name,
                        size_t length, vsg_error *err) {
  search s = {.name = name,
              .length = length,
              .tree = VSG_H5_UNDEFINED,
              .heap = VSG_H5_UNDEFINED,
              .found = VSG_H5_UNDEFINED};
  if (vsg_h5_messages(h5, *address, visit_group, &s, err)) return err->code;
  if (s.tree != VSG_H5_UNDEFINED) { /* else it is no group */
    if (read_heap(&s, h5, err)) return err->code;
    if (search_tree(&s, h5, s.tree, UINT8_MAX, err)) return err->code;
  }
  *address = s.found;
  return VSG_OK;
}

vsg_status vsg_h5_find(uint64_t *address, bool *found, vsg_h5 *h5,
                       const char *path, vsg_error *err) {
  const char *name = path;
  *address = h5->root;
  while (*address != VSG_H5_UNDEFINED) {
    size_t length;
    name += strspn(name, "/");
    length = strcspn(name, "/");
    if (length == 0) break;
    if (enter(address, h5, name, length, err)) return err->code;
    name += length;
  }
  *found = *address != VSG_H5_UNDEFINED;
  return VSG_OK;
}

vsg_status vsg_h5_exists(bool *out, vsg_h5 *h5, const char *path,
                         vsg_error *err) {
  uint64_t address;
  if (vsg_h5_find(&address, out, h5, path, err)) return vsg_h5_blame(path, err);
  return VSG_OK;
}
