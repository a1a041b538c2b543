/* PyTorch's checkpoints (.pt, .pth, .ckpt), in both containers of torch.save:
 *
 *   zip      PREFIX/data.pkl, the pickle; PREFIX/data/KEY, one stored entry for
 *            each storage; PREFIX/byteorder, "little" where it is there at all
 *   legacy   five pickles: a magic number, the version 1001, a dictionary about
 *            the machine, the object, a list of storage keys; then for each key
 *            its count of elements, u64, and the elements
 *
 * Tensors get the keys on their way joined with dots ("net_state_dict.conv1.
 * weight"; Python's count for list items, from 0); a prefix "module." stays.
 * They are views of their storages, as in PyTorch: tied ones share memory, and
 * a transposed one is not contiguous. Numbers, strings and booleans become
 * notes under such names. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/loader/loader.h"
#include "core/loader/path.h"
#include "core/loader/pickle.h"
#include "core/loader/zip.h"

/* 0x1950a86a20f9469cfc6c as the pickle holds it. */
static const unsigned char magic[10] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                        0x20, 0x6a, 0xa8, 0x50, 0x19};
static const char pickle_name[] = "data.pkl";

enum {
  MAGIC_WITHIN = 32, /* the magic number's pickle is shorter */
  VERSION = 1001,
  DEPTH_MOST = 64,
  VISITS_MOST = 1 << 20,
  NAME_MOST = 1024,
};

/* ---- the object's leaves, named ---- */

typedef struct walk {
  vsg_weights *out;
  const vsg_pickle *pickle;
  vsg_path path;
  long visits; /* shared containers are walked each time they come */
} walk;

static vsg_status walk_value(walk *w, vsg_pickle_ref ref, int depth,
                             vsg_error *err);

static vsg_status walk_item(walk *w, const char *key, size_t length,
                            vsg_pickle_ref item, int depth, vsg_error *err) {
  size_t before = w->path.length;
  if (vsg_path_enter(&w->path, w->pickle->r, key, length, err) ||
      walk_value(w, item, depth + 1, err)) {
    return err->code;
  }
  w->path.length = before;
  return VSG_OK;
}

static vsg_status walk_dict(walk *w, const vsg_pickle_value *dict, int depth,
                            vsg_error *err) {
  char number[24];
  for (uint32_t i = 0; i < dict->as.list.count; i += 2) {
    const vsg_pickle_value *key =
        vsg_pickle_at(w->pickle, dict->as.list.items[i]);
    const char *text = number;
    size_t length;
    if (key->kind == VSG_PICKLE_STRING) {
      text = key->as.string.text;
      length = key->as.string.length;
    } else if (key->kind == VSG_PICKLE_INTEGER) {
      length =
          (size_t)snprintf(number, sizeof number, "%" PRId64, key->as.integer);
    } else {
      return vsg_read_fail(w->pickle->r, err,
                           "%s is a key of '%.*s', a string or integer wanted",
                           vsg_pickle_kind_name(key->kind), (int)w->path.length,
                           w->path.name);
    }
    if (walk_item(w, text, length, dict->as.list.items[i + 1], depth, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status walk_list(walk *w, const vsg_pickle_value *list, int depth,
                            vsg_error *err) {
  char number[24];
  for (uint32_t i = 0; i < list->as.list.count; i++) {
    size_t length = (size_t)snprintf(number, sizeof number, "%" PRIu32, i);
    if (walk_item(w, number, length, list->as.list.items[i], depth, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status add_tensor(walk *w, const vsg_pickle_tensor *t,
                             vsg_error *err) {
  const vsg_pickle_storage *storage = &w->pickle->storages[t->storage];
  vsg_tensor *view;
  if (vsg_tensor_view(&view, storage->data, err)) return err->code;
  view->dims = t->dims;
  view->offset = t->offset;
  for (int i = 0; i < t->dims; i++) {
    view->shape[i] = t->shape[i];
    view->stride[i] = t->stride[i];
  }
  if (w->path.length == 0) {
    vsg_path_enter(&w->path, w->pickle->r, "tensor", strlen("tensor"), err);
  }
  return vsg_weights_add(w->out, w->pickle->r, w->path.name, w->path.length,
                         view, err);
}

static vsg_status add_note(walk *w, const char *text, size_t length,
                           vsg_error *err) {
  if (w->path.length == 0) return VSG_OK; /* the file is one plain value */
  return vsg_weights_note(w->out, w->pickle->r, w->path.name, w->path.length,
                          text, length, err);
}

static vsg_status walk_value(walk *w, vsg_pickle_ref ref, int depth,
                             vsg_error *err) {
  const vsg_pickle_value *v = vsg_pickle_at(w->pickle, ref);
  char text[32];
  int n;
  if (depth > DEPTH_MOST || ++w->visits > VISITS_MOST) {
    return vsg_read_fail(w->pickle->r, err,
                         "'%.*s' is over %d deep or behind over %d values",
                         w->path.length < 80 ? (int)w->path.length : 80,
                         w->path.name, DEPTH_MOST, VISITS_MOST);
  }
  switch (v->kind) {
    case VSG_PICKLE_DICT:
      return walk_dict(w, v, depth, err);
    case VSG_PICKLE_LIST:
    case VSG_PICKLE_TUPLE:
      return walk_list(w, v, depth, err);
    case VSG_PICKLE_TENSOR:
      return add_tensor(w, &w->pickle->tensors[v->as.index], err);
    case VSG_PICKLE_STRING:
      return add_note(w, v->as.string.text, v->as.string.length, err);
    case VSG_PICKLE_BOOL:
      n = snprintf(text, sizeof text, "%s", v->as.integer ? "true" : "false");
      break;
    case VSG_PICKLE_INTEGER:
      n = snprintf(text, sizeof text, "%" PRId64, v->as.integer);
      break;
    case VSG_PICKLE_REAL:
      n = snprintf(text, sizeof text, "%.17g", v->as.real);
      break;
    default: /* None, bytes, a dtype, a bare storage: nothing to tell */
      return VSG_OK;
  }
  return add_note(w, text, (size_t)n, err);
}

static vsg_status name_leaves(vsg_weights *out, const vsg_pickle *pickle,
                              vsg_pickle_ref root, vsg_error *err) {
  walk *w = calloc(1, sizeof *w);
  vsg_status status;
  if (!w) return vsg_fail_memory(err, "pytorch", sizeof *w);
  w->out = out;
  w->pickle = pickle;
  status = walk_value(w, root, 0, err);
  free(w);
  return status;
}

/* ---- storages ---- */

/* Reads a storage's elements from r on. */
static vsg_status fill_storage(vsg_pickle_storage *s, vsg_reader *r,
                               vsg_error *err) {
  const unsigned char *bytes;
  size_t size;
  long shape[1] = {(long)s->count};
  if (!vsg_size_mul(&size, s->count, s->type->bytes)) {
    return vsg_read_fail(r, err, "a storage of %zu elements", s->count);
  }
  if (vsg_read_bytes(&bytes, r, size, err)) return err->code;
  if (vsg_tensor_new(&s->data, s->type->dtype, 1, shape, err)) {
    return err->code;
  }
  return vsg_element_fill(s->data, s->type, false, bytes, err);
}

/* ---- the zip container ---- */

/* The entry PREFIX/data.pkl. */
static const vsg_zip_entry *find_pickle(const vsg_zip *z) {
  size_t tail = sizeof pickle_name - 1;
  for (size_t i = 0; i < z->count; i++) {
    const vsg_zip_entry *e = &z->entries[i];
    if (e->name_length > tail && e->name[e->name_length - tail - 1] == '/' &&
        memcmp(e->name + e->name_length - tail, pickle_name, tail) == 0) {
      return e;
    }
  }
  return NULL;
}

/* The entry beside the pickle whose name ends with a and b. */
static const vsg_zip_entry *beside(const vsg_zip *z, const vsg_zip_entry *main,
                                   const char *a, const char *b,
                                   size_t b_length) {
  char name[NAME_MOST];
  size_t prefix = main->name_length - (sizeof pickle_name - 1);
  size_t length = prefix + strlen(a) + b_length;
  if (prefix > NAME_MOST || b_length > NAME_MOST || length > NAME_MOST) {
    return NULL;
  }
  memcpy(name, main->name, prefix);
  memcpy(name + prefix, a, strlen(a));
  memcpy(name + prefix + strlen(a), b, b_length);
  return vsg_zip_find(z, name, length);
}

static vsg_status check_order(const vsg_zip *z, const vsg_zip_entry *main,
                              vsg_error *err) {
  const vsg_zip_entry *entry = beside(z, main, "byteorder", "", 0);
  vsg_reader r;
  if (!entry) return VSG_OK;
  if (vsg_zip_stored(&r, z, entry, err)) return err->code;
  if (r.size - r.at != 6 || memcmp(r.data + r.at, "little", 6) != 0) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %zu: the byte order is not little", r.name,
                    r.at);
  }
  return VSG_OK;
}

static vsg_status read_zip_storages(vsg_pickle *p, const vsg_zip *z,
                                    const vsg_zip_entry *main, vsg_error *err) {
  for (size_t i = 0; i < p->storage_count; i++) {
    vsg_pickle_storage *s = &p->storages[i];
    const vsg_zip_entry *entry =
        beside(z, main, "data/", s->key, s->key_length);
    vsg_reader r;
    if (!entry) {
      return vsg_read_fail(p->r, err, "the archive has no entry data/%.*s",
                           s->key_length < 80 ? (int)s->key_length : 80,
                           s->key);
    }
    if (vsg_zip_stored(&r, z, entry, err)) return err->code;
    if (fill_storage(s, &r, err)) return err->code;
  }
  return VSG_OK;
}

static vsg_status read_zip(vsg_weights *out, vsg_pickle *p, const vsg_zip *z,
                           vsg_error *err) {
  const vsg_zip_entry *main = find_pickle(z);
  vsg_pickle_ref root;
  vsg_reader r;
  if (!main) return vsg_read_fail(&z->archive, err, "no PREFIX/data.pkl");
  if (check_order(z, main, err)) return err->code;
  if (vsg_zip_stored(&r, z, main, err)) return err->code;
  p->r = &r;
  if (vsg_pickle_read(&root, p, err)) return err->code;
  if (read_zip_storages(p, z, main, err)) return err->code;
  return name_leaves(out, p, root, err);
}

/* ---- the legacy container ---- */

static vsg_status check_head(vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref ref;
  const vsg_pickle_value *v;
  if (vsg_pickle_read(&ref, p, err)) return err->code;
  v = vsg_pickle_at(p, ref);
  if (v->kind != VSG_PICKLE_BYTES || v->as.string.length != sizeof magic ||
      memcmp(v->as.string.text, magic, sizeof magic) != 0) {
    return vsg_read_fail(p->r, err, "not the magic number of torch.save");
  }
  if (vsg_pickle_read(&ref, p, err)) return err->code;
  v = vsg_pickle_at(p, ref);
  if (v->kind != VSG_PICKLE_INTEGER || v->as.integer != VERSION) {
    return vsg_read_fail(p->r, err, "not version %d of torch.save", VERSION);
  }
  return VSG_OK;
}

/* The third pickle: {"little_endian": True, ...}. */
static vsg_status check_machine(vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref ref;
  const vsg_pickle_value *v;
  if (vsg_pickle_read(&ref, p, err)) return err->code;
  v = vsg_pickle_at(p, ref);
  if (v->kind != VSG_PICKLE_DICT) {
    return vsg_read_fail(p->r, err, "no dictionary about the machine");
  }
  for (uint32_t i = 0; i < v->as.list.count; i += 2) {
    const vsg_pickle_value *key = vsg_pickle_at(p, v->as.list.items[i]);
    const vsg_pickle_value *value = vsg_pickle_at(p, v->as.list.items[i + 1]);
    if (key->kind == VSG_PICKLE_STRING && key->as.string.length == 13 &&
        memcmp(key->as.string.text, "little_endian", 13) == 0 &&
        value->kind == VSG_PICKLE_BOOL && !value->as.integer) {
      return vsg_fail(err, VSG_UNSUPPORTED,
                      "%s: offset %zu: the byte order is not little",
                      p->r->name, p->r->at);
    }
  }
  return VSG_OK;
}

static vsg_status read_legacy_storage(vsg_pickle *p,
                                      const vsg_pickle_value *key,
                                      vsg_error *err) {
  uint64_t count;
  for (size_t i = 0; i < p->storage_count; i++) {
    vsg_pickle_storage *s = &p->storages[i];
    if (key->kind != VSG_PICKLE_STRING || s->data ||
        s->key_length != key->as.string.length ||
        memcmp(s->key, key->as.string.text, s->key_length) != 0) {
      continue;
    }
    if (vsg_read_u64(&count, p->r, err)) return err->code;
    if (count != s->count) {
      return vsg_read_fail(p->r, err,
                           "a storage of %" PRIu64 " elements, %zu wanted",
                           count, s->count);
    }
    return fill_storage(s, p->r, err);
  }
  return vsg_read_fail(p->r, err, "a storage key that no tensor uses");
}

static vsg_status read_legacy(vsg_weights *out, vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref root, keys;
  if (check_head(p, err) || check_machine(p, err)) return err->code;
  if (vsg_pickle_read(&root, p, err)) return err->code;
  if (vsg_pickle_read(&keys, p, err)) return err->code;
  if (vsg_pickle_at(p, keys)->kind != VSG_PICKLE_LIST) {
    return vsg_read_fail(p->r, err, "no list of storage keys");
  }
  for (uint32_t i = 0; i < vsg_pickle_at(p, keys)->as.list.count; i++) {
    vsg_pickle_ref key = vsg_pickle_at(p, keys)->as.list.items[i];
    if (read_legacy_storage(p, vsg_pickle_at(p, key), err)) return err->code;
  }
  for (size_t i = 0; i < p->storage_count; i++) {
    if (!p->storages[i].data) {
      return vsg_read_fail(
          p->r, err, "storage '%.*s' is not in the file",
          p->storages[i].key_length < 80 ? (int)p->storages[i].key_length : 80,
          p->storages[i].key);
    }
  }
  return name_leaves(out, p, root, err);
}

/* ---- the loader ---- */

static bool is_zip(const unsigned char *data, size_t size) {
  return size >= 4 && memcmp(data, "PK\3\4", 4) == 0;
}

static bool sniff(const unsigned char *data, size_t size) {
  vsg_reader r = {data, size, 0, "pytorch"};
  vsg_error ignored;
  vsg_zip z;
  bool found;
  if (!is_zip(data, size)) {
    return memmem(data, size < MAGIC_WITHIN ? size : MAGIC_WITHIN, magic,
                  sizeof magic) != NULL;
  }
  if (vsg_zip_open(&z, &r, &ignored)) return false;
  found = find_pickle(&z) != NULL;
  vsg_zip_close(&z);
  return found;
}

static vsg_status read_pytorch(vsg_weights *out, vsg_reader *r,
                               vsg_error *err) {
  vsg_pickle pickle = {.r = r};
  vsg_status status;
  vsg_zip z;
  if (is_zip(r->data, r->size)) {
    if (vsg_zip_open(&z, r, err)) return err->code;
    status = read_zip(out, &pickle, &z, err);
    vsg_zip_close(&z);
  } else {
    status = read_legacy(out, &pickle, err);
  }
  vsg_pickle_free(&pickle);
  return status;
}

const vsg_loader vsg_loader_pytorch = {"pytorch", sniff, read_pytorch};
