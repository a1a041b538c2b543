/* The collection of named tensors and the choice of a loader; see loader.h. */
#include "core/loader/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/loader/network.h"

static const vsg_loader *const loaders[] = {
#define VSG_LOADER(name) &vsg_loader_##name,
#include "core/loader/loaders.def"
#undef VSG_LOADER
};

enum {
  LOADERS = sizeof loaders / sizeof loaders[0],
  TEXT_MOST_MIB = 64, /* a whole model's configuration has some hundred KiB */
};

/* ---- the collection ---- */

void vsg_weights_free(vsg_weights *w) {
  if (!w) return;
  for (size_t i = 0; i < w->count; i++) {
    free(w->items[i].name);
    vsg_tensor_free(w->items[i].tensor);
  }
  for (size_t i = 0; i < w->note_count; i++) {
    free(w->notes[i].key);
    free(w->notes[i].text);
  }
  free(w->items);
  free(w->notes);
  vsg_network_free(w->network);
  free(w);
}

/* Files can repeat: a pickle names one long string a million times in three
 * million bytes. */
vsg_status vsg_weights_count(vsg_weights *w, const vsg_reader *r, size_t bytes,
                             vsg_error *err) {
  const size_t most = (size_t)TEXT_MOST_MIB << 20;
  if (bytes > most - w->text) {
    return vsg_read_fail(r, err, "names and notes of over %d MiB",
                         TEXT_MOST_MIB);
  }
  w->text += bytes;
  return VSG_OK;
}

vsg_status vsg_weights_add(vsg_weights *w, const vsg_reader *r,
                           const char *name, size_t length, vsg_tensor *tensor,
                           vsg_error *err) {
  void *list = w->items; /* vsg_list_grow's type */
  char *copy;
  if (memchr(name, '\0', length)) {
    vsg_tensor_free(tensor);
    return vsg_read_fail(r, err, "the name '%.*s' holds a zero byte",
                         length < 80 ? (int)length : 80, name);
  }
  if (vsg_weights_count(w, r, length, err) ||
      vsg_list_grow(&list, w->count, &w->room, sizeof *w->items, "loader",
                    err)) {
    vsg_tensor_free(tensor);
    return err->code;
  }
  w->items = list;
  copy = strndup(name, length);
  if (!copy) {
    vsg_tensor_free(tensor);
    return vsg_fail_memory(err, "loader", length);
  }
  w->items[w->count++] = (vsg_named){copy, tensor};
  return VSG_OK;
}

vsg_status vsg_weights_note(vsg_weights *w, const vsg_reader *r,
                            const char *key, size_t key_length,
                            const char *text, size_t text_length,
                            vsg_error *err) {
  void *list = w->notes; /* vsg_list_grow's type */
  vsg_note note;
  if (vsg_weights_count(w, r, key_length, err) ||
      vsg_weights_count(w, r, text_length, err) ||
      vsg_list_grow(&list, w->note_count, &w->note_room, sizeof *w->notes,
                    "loader", err)) {
    return err->code;
  }
  w->notes = list;
  note.key = strndup(key, key_length);
  note.text = strndup(text, text_length);
  if (!note.key || !note.text) {
    free(note.key);
    free(note.text);
    return vsg_fail_memory(err, "loader", key_length + text_length);
  }
  w->notes[w->note_count++] = note;
  return VSG_OK;
}

/* ---- reading ---- */

static int by_name(const void *a, const void *b) {
  /* qsort's elements are the names' addresses. */
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A name that comes twice would hide a tensor, so it is an error. */
static vsg_status check_names(const vsg_weights *w, const char *file,
                              vsg_error *err) {
  vsg_status status = VSG_OK;
  char **names;
  if (w->count == 0) return VSG_OK;
  names = reallocarray(NULL, w->count, sizeof *names);
  if (!names) return vsg_fail_memory(err, file, w->count * sizeof *names);
  for (size_t i = 0; i < w->count; i++) names[i] = w->items[i].name;
  qsort(names, w->count, sizeof *names, by_name);
  for (size_t i = 1; i < w->count && !status; i++) {
    if (strcmp(names[i - 1], names[i]) == 0) {
      status = vsg_fail(err, VSG_FORMAT, "%s: two tensors are called '%s'",
                        file, names[i]);
    }
  }
  free(names);
  return status;
}

static vsg_status unknown_format(const vsg_reader *r, vsg_error *err) {
  char names[128] = "", bytes[32] = "";
  for (size_t i = 0, at = 0; i < LOADERS && at < sizeof names; i++) {
    at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "",
                           loaders[i]->name);
  }
  for (size_t i = 0; i < 8 && i < r->size; i++) {
    snprintf(bytes + 3 * i, sizeof bytes - 3 * i, " %02x", r->data[i]);
  }
  return vsg_read_fail(r, err, "%zu bytes that begin with%s are none of %s",
                       r->size, r->size ? bytes : " nothing", names);
}

/* A shape that no tensor can have is here the file's fault, not the caller's.
 */
static vsg_status read_known(vsg_weights *w, const vsg_loader *loader,
                             vsg_reader *r, vsg_error *err) {
  w->format = loader->name;
  if (loader->read(w, r, err)) {
    vsg_error inner = *err;
    if (inner.code != VSG_SHAPE) return err->code;
    return vsg_read_fail(r, err, "%s", inner.text);
  }
  return check_names(w, r->name, err);
}

const vsg_loader *vsg_loader_of(const unsigned char *data, size_t size) {
  for (size_t i = 0; i < LOADERS && size > 0; i++) {
    if (loaders[i]->sniff(data, size)) return loaders[i];
  }
  return NULL;
}

/* path is NULL for bytes that are no file's. */
static vsg_status read_from(vsg_weights **out, const char *name,
                            const char *path, const void *data, size_t size,
                            vsg_error *err) {
  vsg_reader r = {data, size, 0, name};
  const vsg_loader *loader = vsg_loader_of(data, size);
  *out = NULL;
  if (!loader) return unknown_format(&r, err);
  vsg_weights *w = calloc(1, sizeof *w);
  if (!w) return vsg_fail_memory(err, name, sizeof *w);
  w->path = path;
  if (read_known(w, loader, &r, err)) {
    vsg_weights_free(w);
    return err->code;
  }
  w->path = NULL;
  *out = w;
  return VSG_OK;
}

vsg_status vsg_loader_read_memory(vsg_weights **out, const char *name,
                                  const void *data, size_t size,
                                  vsg_error *err) {
  return read_from(out, name, NULL, data, size, err);
}

vsg_status vsg_loader_read(vsg_weights **out, const char *path,
                           vsg_error *err) {
  vsg_file file;
  vsg_status status;
  *out = NULL;
  if (vsg_file_open(&file, path, err)) return err->code;
  status = read_from(out, path, path, file.data, file.size, err);
  vsg_file_close(&file);
  return status;
}
