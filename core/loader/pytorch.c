/* PyTorch's checkpoints (.pt, .pth, .ckpt), in both containers of torch.save:
 *
 *   zip      PREFIX/data.pkl, the pickle; PREFIX/data/KEY, one stored entry for
 *            each storage; PREFIX/byteorder, "little" where it is there at all
 *   legacy   five pickles: a magic number, the version 1001, a dictionary about
 *            the machine, the object, a list of storage keys; then for each key
 *            its count of elements, u64, and the elements
 *
 * TorchScript's (torch.jit.save) are such a zip, whose pickle holds the module
 * as an object; its code is not looked at. A frozen one has its weights apart
 * from that, with no names, as a tuple:
 *
 *   PREFIX/constants.pkl, and PREFIX/constants/KEY for each storage
 *
 * Names are given by pytorch_names.c. */
#include "core/loader/pytorch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/loader/loader.h"
#include "core/loader/pickle.h"
#include "core/loader/zip.h"

/* 0x1950a86a20f9469cfc6c as the pickle holds it. */
static const unsigned char magic[10] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                        0x20, 0x6a, 0xa8, 0x50, 0x19};
static const char pickle_name[] = "data.pkl";

enum {
  MAGIC_WITHIN = 32, /* the magic number's pickle is shorter */
  VERSION = 1001,
  NAME_MOST = 1024,
};

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

/* Where no tensor was found, what is foreign was meant to hold them. */
static vsg_status check_found(const vsg_weights *out, const vsg_pickle *p,
                              vsg_error *err) {
  if (out->count > 0 || p->foreign_count == 0) return VSG_OK;
  return vsg_pickle_refuse(p, 0, err);
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

/* folder is "data/" or "constants/". */
static vsg_status read_zip_storages(vsg_pickle *p, const vsg_zip *z,
                                    const vsg_zip_entry *main,
                                    const char *folder, vsg_error *err) {
  for (size_t i = 0; i < p->storage_count; i++) {
    vsg_pickle_storage *s = &p->storages[i];
    const vsg_zip_entry *entry = beside(z, main, folder, s->key, s->key_length);
    vsg_reader r;
    if (!entry) {
      return vsg_read_fail(p->r, err, "the archive has no entry %s%.*s", folder,
                           s->key_length < 80 ? (int)s->key_length : 80,
                           s->key);
    }
    if (vsg_zip_stored(&r, z, entry, err)) return err->code;
    if (fill_storage(s, &r, err)) return err->code;
  }
  return VSG_OK;
}

/* The constants of a frozen module, as "constants.0" and so on. */
static vsg_status read_constants(vsg_weights *out, const vsg_zip *z,
                                 const vsg_zip_entry *main,
                                 const vsg_zip_entry *constants,
                                 vsg_error *err) {
  vsg_reader r;
  vsg_pickle p = {.r = &r};
  vsg_pickle_ref root;
  vsg_status status = vsg_zip_stored(&r, z, constants, err);
  if (!status) status = vsg_pickle_read(&root, &p, err);
  if (!status) status = read_zip_storages(&p, z, main, "constants/", err);
  if (!status) status = vsg_pytorch_name(out, &p, root, "constants", err);
  vsg_pickle_free(&p);
  return status;
}

static vsg_status read_zip(vsg_weights *out, vsg_pickle *p, const vsg_zip *z,
                           vsg_error *err) {
  const vsg_zip_entry *main = find_pickle(z), *constants;
  vsg_pickle_ref root;
  vsg_reader r;
  if (!main) return vsg_read_fail(&z->archive, err, "no PREFIX/data.pkl");
  if (check_order(z, main, err) || vsg_zip_stored(&r, z, main, err)) {
    return err->code;
  }
  p->r = &r;
  if (vsg_pickle_read(&root, p, err) ||
      read_zip_storages(p, z, main, "data/", err) ||
      vsg_pytorch_name(out, p, root, "", err)) {
    return err->code;
  }
  constants = beside(z, main, "constants.pkl", "", 0);
  if (out->count == 0 && constants &&
      read_constants(out, z, main, constants, err)) {
    return err->code;
  }
  return check_found(out, p, err);
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
  if (vsg_pytorch_name(out, p, root, "", err)) return err->code;
  return check_found(out, p, err);
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
