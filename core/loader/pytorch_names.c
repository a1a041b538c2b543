/* The tensors of a checkpoint by their names; see pytorch.c. Those of numpy's
 * object arrays (npy.c) are named in the same way.
 *
 * Tensors get the keys on their way joined with dots ("net_state_dict.conv1.
 * weight"; Python's count for list items, from 0); a prefix "module." stays.
 * They are views of their storages, as in PyTorch: tied ones share memory, and
 * a transposed one is not contiguous. Numbers, strings and booleans become
 * notes under such names.
 *
 * An object's attributes are named as a dictionary's keys are: those of a
 * TorchScript module are its parameters, buffers and submodules. A pickled
 * torch.nn.Module has them in three attributes, _parameters, _buffers and
 * _modules, which no name shows, so that names are those of its state_dict().
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/loader/path.h"
#include "core/loader/pytorch.h"

enum {
  DEPTH_MOST = 64,
  VISITS_MOST = 1 << 20,
};

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

/* Dictionaries can have keys of any type; a tensor must have a name. */
static vsg_status skip_item(walk *w, const vsg_pickle_value *key,
                            vsg_pickle_ref item, vsg_error *err) {
  w->visits++;
  if (!vsg_pickle_has_tensor(w->pickle, item)) return VSG_OK;
  return vsg_read_fail(
      w->pickle->r, err, "%s is a key of '%.*s', a string or integer wanted",
      vsg_pickle_kind_name(key->kind), (int)w->path.length, w->path.name);
}

static vsg_status walk_pair(walk *w, vsg_pickle_ref key_ref,
                            vsg_pickle_ref item, int depth, vsg_error *err) {
  const vsg_pickle_value *key = vsg_pickle_at(w->pickle, key_ref);
  char number[24];
  int length;
  switch (key->kind) {
    case VSG_PICKLE_STRING:
      return walk_item(w, key->as.string.text, key->as.string.length, item,
                       depth, err);
    case VSG_PICKLE_INTEGER:
      length = snprintf(number, sizeof number, "%" PRId64, key->as.integer);
      return walk_item(w, number, (size_t)length, item, depth, err);
    default:
      return skip_item(w, key, item, err);
  }
}

static vsg_status walk_dict(walk *w, const vsg_pickle_value *dict, int depth,
                            vsg_error *err) {
  const vsg_pickle_ref *items = dict->as.list.items;
  for (uint32_t i = 0; i < dict->as.list.count; i += 2) {
    if (walk_pair(w, items[i], items[i + 1], depth, err)) return err->code;
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

/* ---- objects ---- */

static bool same(const vsg_pickle_value *a, const char *text, size_t length) {
  return a->kind == VSG_PICKLE_STRING && a->as.string.length == length &&
         memcmp(a->as.string.text, text, length) == 0;
}

/* An attribute of that kind, or NULL. */
static const vsg_pickle_value *attribute(const walk *w,
                                         const vsg_pickle_value *object,
                                         const char *name,
                                         vsg_pickle_kind kind) {
  const vsg_pickle_ref *items = object->as.list.items;
  for (uint32_t i = 0; i < object->as.list.count; i += 2) {
    const vsg_pickle_value *value = vsg_pickle_at(w->pickle, items[i + 1]);
    if (value->kind == kind &&
        same(vsg_pickle_at(w->pickle, items[i]), name, strlen(name))) {
      return value;
    }
  }
  return NULL;
}

/* The buffers but those that a list names, if there is one. */
static vsg_status walk_buffers(walk *w, const vsg_pickle_value *buffers,
                               const vsg_pickle_value *but, int depth,
                               vsg_error *err) {
  const vsg_pickle_ref *items = buffers->as.list.items;
  for (uint32_t i = 0; i < buffers->as.list.count; i += 2) {
    const vsg_pickle_value *key = vsg_pickle_at(w->pickle, items[i]);
    bool left_out = false;
    for (uint32_t k = 0; but && k < but->as.list.count && !left_out; k++) {
      if (++w->visits > VISITS_MOST) break; /* walk_value tells of it */
      left_out = key->kind == VSG_PICKLE_STRING &&
                 same(vsg_pickle_at(w->pickle, but->as.list.items[k]),
                      key->as.string.text, key->as.string.length);
    }
    if (left_out) continue;
    if (walk_pair(w, items[i], items[i + 1], depth, err)) return err->code;
  }
  return VSG_OK;
}

static vsg_status walk_object(walk *w, const vsg_pickle_value *object,
                              int depth, vsg_error *err) {
  const vsg_pickle_value *parameters, *buffers, *modules, *but;
  w->visits += object->as.list.count; /* by attribute(); walk_value tells */
  parameters = attribute(w, object, "_parameters", VSG_PICKLE_DICT);
  buffers = attribute(w, object, "_buffers", VSG_PICKLE_DICT);
  modules = attribute(w, object, "_modules", VSG_PICKLE_DICT);
  if (!parameters || !buffers || !modules) {
    return walk_dict(w, object, depth, err);
  }
  but = attribute(w, object, "_non_persistent_buffers_set", VSG_PICKLE_LIST);
  if (walk_dict(w, parameters, depth, err) ||
      walk_buffers(w, buffers, but, depth, err)) {
    return err->code;
  }
  return walk_dict(w, modules, depth, err);
}

/* ---- leaves ---- */

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
    case VSG_PICKLE_BOX:
      return walk_value(w, v->as.list.items[0], depth + 1, err);
    case VSG_PICKLE_OBJECT:
      return walk_object(w, v, depth, err);
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
    default: /* None, bytes, a class, a bare storage: nothing to tell */
      return VSG_OK;
  }
  return add_note(w, text, (size_t)n, err);
}

vsg_status vsg_pytorch_name(vsg_weights *out, const vsg_pickle *pickle,
                            vsg_pickle_ref root, const char *prefix,
                            vsg_error *err) {
  walk *w = calloc(1, sizeof *w);
  vsg_status status = VSG_OK;
  if (!w) return vsg_fail_memory(err, "pytorch", sizeof *w);
  w->out = out;
  w->pickle = pickle;
  if (*prefix) {
    status = vsg_path_enter(&w->path, pickle->r, prefix, strlen(prefix), err);
  }
  if (!status) status = walk_value(w, root, 0, err);
  free(w);
  return status;
}
