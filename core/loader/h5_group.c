/* HDF5: groups and paths; see h5.h and h5_format.h. A group of HDF5 1.6 is a
 * B-tree of symbol nodes whose names lie in a heap (sections III.A to D of the
 * specification); one of 1.8 has a link message for each member (IV.A.2.g), up
 * to the eighth. */
#include <string.h>

#include "core/loader/h5_format.h"

enum {
  SOFT_LINK = 2,   /* a symbol's cache type */
  HARD = 0,        /* a link message's type */
  NODE_PAIR = 16,  /* bytes of a key and a child */
  DEPTH_MOST = 64, /* groups in groups */
  PATH_ROOM = 2048,
  NAME_MOST = 1024, /* else each step could go over megabytes of a name */
};

typedef struct group {
  const char *only; /* the one name to tell of, or NULL: all */
  size_t length;    /* of only */
  vsg_h5_visit_member *visit;
  void *context;
  bool is_group;
  uint64_t tree, heap;
  vsg_reader names; /* the heap's bytes; an offset of 0 is names.at */
} group;

/* ---- HDF5 1.8: link messages ---- */

static vsg_status read_link_info(group *g, vsg_reader *body, vsg_error *err) {
  uint8_t flags;
  uint64_t heap;
  g->is_group = true;
  if (vsg_h5_skip(body, 1, err) || vsg_read_u8(&flags, body, err) ||
      vsg_h5_skip(body, flags & 1 ? 8 : 0, err) ||
      vsg_read_u64(&heap, body, err)) {
    return err->code;
  }
  if (heap == VSG_H5_UNDEFINED) return VSG_OK;
  return vsg_h5_refuse(body,
                       "a group whose members are stored densely (over 8, "
                       "with track_order or libver='latest'; save with h5py's "
                       "defaults)",
                       err);
}

static vsg_status visit_link(group *g, vsg_h5 *h5, vsg_reader *r,
                             vsg_error *err) {
  uint8_t version, flags, type = HARD;
  uint64_t length, object;
  const unsigned char *name;
  if (vsg_read_u8(&version, r, err) || vsg_read_u8(&flags, r, err) ||
      (flags & 8 && vsg_read_u8(&type, r, err)) ||
      vsg_h5_skip(r, flags & 4 ? 8 : 0, err) ||  /* the creation order */
      vsg_h5_skip(r, flags & 16 ? 1 : 0, err) || /* the character set */
      vsg_h5_read_width(&length, r, 1 << (flags & 3), err) ||
      vsg_read_bytes(&name, r, length, err)) {
    return err->code;
  }
  if (version != 1 || length == 0 || length > NAME_MOST ||
      memchr(name, '\0', length) || memchr(name, '/', length)) {
    return vsg_read_fail(r, err, "hdf5: no link with a name of up to %d bytes",
                         NAME_MOST);
  }
  if (g->only && (length != g->length || memcmp(name, g->only, length) != 0)) {
    return VSG_OK;
  }
  if (type != HARD) return vsg_h5_refuse(r, "a soft or external link", err);
  if (vsg_read_u64(&object, r, err)) return err->code;
  /* text is bytes here */
  return g->visit(g->context, h5, (const char *)name, length, object, err);
}

static vsg_status visit_message(void *context, vsg_h5 *h5, int type,
                                vsg_reader *body, vsg_error *err) {
  group *g = context;
  switch (type) {
    case VSG_H5_LINK_INFO:
      return read_link_info(g, body, err);
    case VSG_H5_LINK:
      return visit_link(g, h5, body, err);
    case VSG_H5_SYMBOLS:
      g->is_group = true;
      if (vsg_read_u64(&g->tree, body, err)) return err->code;
      return vsg_read_u64(&g->heap, body, err);
    default:
      return VSG_OK;
  }
}

/* ---- HDF5 1.6: a tree of symbols, names in a heap ---- */

static vsg_status read_heap(group *g, vsg_h5 *h5, vsg_error *err) {
  uint64_t size, address;
  vsg_reader r;
  if (vsg_h5_at(&r, h5, g->heap, err) || vsg_h5_mark(&r, "HEAP", err) ||
      vsg_h5_skip(&r, 4, err) || vsg_read_u64(&size, &r, err) ||
      vsg_h5_skip(&r, 8, err) || vsg_read_u64(&address, &r, err) ||
      vsg_h5_at(&r, h5, address, err)) {
    return err->code;
  }
  return vsg_h5_part(&g->names, &r, size, err);
}

/* The heap's name at offset and its length; NULL when it has none there of up
 * to NAME_MOST bytes. */
static const char *heap_name(size_t *length, const group *g, uint64_t offset) {
  size_t left = g->names.size - g->names.at;
  const char *text = (const char *)g->names.data + g->names.at; /* bytes */
  if (offset >= left) return NULL;
  left -= offset;
  if (left > NAME_MOST + 1) left = NAME_MOST + 1;
  *length = strnlen(text + offset, left);
  return *length < left ? text + offset : NULL;
}

/* Whether the wanted name comes after the one at offset. */
static bool is_after(const group *g, uint64_t offset) {
  size_t length;
  const char *name = heap_name(&length, g, offset);
  if (!name || !g->only) return false;
  int order = memcmp(g->only, name, g->length < length ? g->length : length);
  return order > 0 || (order == 0 && g->length > length);
}

static vsg_status visit_symbol(group *g, vsg_h5 *h5, vsg_reader *r,
                               vsg_error *err) {
  uint64_t offset, object;
  uint32_t cache;
  size_t length;
  const char *name;
  if (vsg_h5_step(h5, r, err) || vsg_read_u64(&offset, r, err) ||
      vsg_read_u64(&object, r, err) || vsg_read_u32(&cache, r, err) ||
      vsg_h5_skip(r, 20, err)) {
    return err->code;
  }
  name = heap_name(&length, g, offset);
  if (!name || length == 0 || memchr(name, '/', length)) {
    return vsg_read_fail(r, err,
                         "hdf5: no name of up to %d bytes at %llu of the heap",
                         NAME_MOST, (unsigned long long)offset);
  }
  if (g->only && (length != g->length || memcmp(name, g->only, length) != 0)) {
    return VSG_OK;
  }
  if (cache == SOFT_LINK) return vsg_h5_refuse(r, "a soft link", err);
  return g->visit(g->context, h5, name, length, object, err);
}

static vsg_status visit_symbols(group *g, vsg_h5 *h5, uint64_t address,
                                vsg_error *err) {
  uint16_t count;
  vsg_reader r;
  if (vsg_h5_at(&r, h5, address, err) || vsg_h5_mark(&r, "SNOD", err) ||
      vsg_h5_skip(&r, 2, err) || vsg_read_u16(&count, &r, err)) {
    return err->code;
  }
  for (int i = 0; i < count; i++) {
    if (visit_symbol(g, h5, &r, err)) return err->code;
  }
  return VSG_OK;
}

/* Levels go down to 0, so that the recursion ends. The key behind a child is
 * its last name: children before the wanted name are passed over, and behind
 * the one that may have it the search ends. */
static vsg_status visit_tree(group *g, vsg_h5 *h5, uint64_t address, int most,
                             vsg_error *err) {
  uint8_t type, level;
  uint16_t count;
  vsg_reader r;
  if (vsg_h5_at(&r, h5, address, err) || vsg_h5_mark(&r, "TREE", err) ||
      vsg_read_u8(&type, &r, err) || vsg_read_u8(&level, &r, err) ||
      vsg_read_u16(&count, &r, err) ||
      vsg_h5_skip(&r, NODE_PAIR + 8, err)) { /* siblings, the first key */
    return err->code;
  }
  if (type != 0 || level > most) {
    return vsg_read_fail(&r, err, "hdf5: a tree of type %d and level %d", type,
                         level);
  }
  for (int i = 0; i < count; i++) {
    uint64_t child, last;
    if (vsg_h5_step(h5, &r, err) || vsg_read_u64(&child, &r, err) ||
        vsg_read_u64(&last, &r, err)) {
      return err->code;
    }
    if (is_after(g, last)) continue;
    if (level == 0 ? visit_symbols(g, h5, child, err)
                   : visit_tree(g, h5, child, level - 1, err)) {
      return err->code;
    }
    if (g->only) break;
  }
  return VSG_OK;
}

/* Gives the group's members, or the only one, to its visit. An object that is
 * no group has none. */
static vsg_status visit_members(group *g, vsg_h5 *h5, uint64_t address,
                                vsg_error *err) {
  g->tree = VSG_H5_UNDEFINED;
  if (vsg_h5_messages(h5, address, visit_message, g, err)) return err->code;
  if (g->tree == VSG_H5_UNDEFINED) return VSG_OK;
  if (read_heap(g, h5, err)) return err->code;
  return visit_tree(g, h5, g->tree, UINT8_MAX, err);
}

vsg_status vsg_h5_members(bool *is_group, vsg_h5 *h5, uint64_t object,
                          vsg_h5_visit_member *visit, void *context,
                          vsg_error *err) {
  group g = {.visit = visit, .context = context};
  vsg_status status = visit_members(&g, h5, object, err);
  *is_group = g.is_group;
  return status;
}

/* ---- paths ---- */

static vsg_status take_address(void *context, vsg_h5 *h5, const char *name,
                               size_t length, uint64_t object, vsg_error *err) {
  uint64_t *found = context;
  (void)h5, (void)name, (void)length, (void)err;
  *found = object;
  return VSG_OK;
}

vsg_status vsg_h5_find(uint64_t *address, bool *found, vsg_h5 *h5,
                       const char *path, vsg_error *err) {
  const char *name = path;
  *address = h5->root;
  while (*address != VSG_H5_UNDEFINED) {
    uint64_t member = VSG_H5_UNDEFINED;
    name += strspn(name, "/");
    group g = {.only = name,
               .length = strcspn(name, "/"),
               .visit = take_address,
               .context = &member};
    if (g.length == 0) break;
    if (visit_members(&g, h5, *address, err)) return err->code;
    *address = member;
    name += g.length;
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

/* ---- all members ---- */

typedef struct walk {
  vsg_h5_visit_path *visit;
  void *context;
  char path[PATH_ROOM];
  size_t length;
  int depth;
} walk;

static vsg_status walk_object(walk *w, vsg_h5 *h5, uint64_t object,
                              vsg_error *err);

static vsg_status walk_member(void *context, vsg_h5 *h5, const char *name,
                              size_t length, uint64_t object, vsg_error *err) {
  walk *w = context;
  size_t before = w->length;
  vsg_status status;
  if (length + 2 > sizeof w->path - w->length || w->depth == DEPTH_MOST) {
    return vsg_read_fail(&h5->file, err,
                         "hdf5: groups over %d deep, or a path of over %d "
                         "bytes",
                         DEPTH_MOST, PATH_ROOM);
  }
  w->path[w->length++] = '/';
  memcpy(w->path + w->length, name, length);
  w->length += length;
  w->path[w->length] = '\0';
  w->depth++;
  status = walk_object(w, h5, object, err);
  w->depth--;
  w->length = before;
  w->path[before] = '\0';
  return status;
}

static vsg_status walk_object(walk *w, vsg_h5 *h5, uint64_t object,
                              vsg_error *err) {
  group g = {.visit = walk_member, .context = w};
  vsg_status status = visit_members(&g, h5, object, err);
  if (status || g.is_group) return status;
  return w->visit(w->context, w->path, err);
}

vsg_status vsg_h5_walk(vsg_h5 *h5, vsg_h5_visit_path *visit, void *context,
                       vsg_error *err) {
  walk w = {.visit = visit, .context = context};
  return walk_object(&w, h5, h5->root, err);
}
