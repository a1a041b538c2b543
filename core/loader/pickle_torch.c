/* What PyTorch's pickles name: the classes and functions that are known, and
 * storages that lie outside the pickle; see pickle.h.
 *
 * A tensor is REDUCE of torch._utils._rebuild_tensor_v2 with (storage, offset,
 * size, stride, requires_grad, hooks, ...), where the storage came by BINPERSID
 * from ("storage", class, key, location, count, [view]). */
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/base/size.h"
#include "core/loader/pickle.h"

enum {
  STORAGES_MOST = 1 << 14,
  COMPARED_MOST = 1 << 29, /* four times what so many take, each named once */
  /* A tensor may repeat its storage's elements (stride 0), but not so often
   * that a copy of it would take much more memory than the file. */
  REPEATED_MOST = 1 << 24,
};

static const vsg_pickle_global globals[] = {
    {"collections", "OrderedDict", VSG_PICKLE_ORDERED_DICT, NULL},
    {"torch._utils", "_rebuild_tensor", VSG_PICKLE_REBUILD_TENSOR, NULL},
    {"torch._utils", "_rebuild_tensor_v2", VSG_PICKLE_REBUILD_TENSOR, NULL},
    {"torch._utils", "_rebuild_parameter", VSG_PICKLE_FIRST, NULL},
    {"torch._utils", "_rebuild_parameter_with_state", VSG_PICKLE_FIRST, NULL},
    {"torch._tensor", "_rebuild_from_type", VSG_PICKLE_REBUILD_FROM_TYPE, NULL},
    {"torch._tensor", "_rebuild_from_type_v2", VSG_PICKLE_REBUILD_FROM_TYPE,
     NULL},
    {"torch.jit._pickle", "restore_type_tag", VSG_PICKLE_FIRST, NULL},
    {"torch.jit._pickle", "build_intlist", VSG_PICKLE_FIRST, NULL},
    {"torch.jit._pickle", "build_doublelist", VSG_PICKLE_FIRST, NULL},
    {"torch.jit._pickle", "build_boollist", VSG_PICKLE_FIRST, NULL},
    {"torch.jit._pickle", "build_tensorlist", VSG_PICKLE_FIRST, NULL},
    {"builtins", "set", VSG_PICKLE_FIRST, NULL},
    {"__builtin__", "set", VSG_PICKLE_FIRST, NULL},
    {"collections", "defaultdict", VSG_PICKLE_EMPTY_DICT, NULL},
    {"torch", "Size", VSG_PICKLE_FIRST, NULL},
    {"torch", "device", VSG_PICKLE_DEVICE, NULL},
    {"torch", "FloatStorage", VSG_PICKLE_INERT, "f4"},
    {"torch", "DoubleStorage", VSG_PICKLE_INERT, "f8"},
    {"torch", "HalfStorage", VSG_PICKLE_INERT, "f2"},
    {"torch", "BFloat16Storage", VSG_PICKLE_INERT, "bf"},
    {"torch", "LongStorage", VSG_PICKLE_INERT, "i8"},
    {"torch", "IntStorage", VSG_PICKLE_INERT, "i4"},
    {"torch", "ShortStorage", VSG_PICKLE_INERT, "i2"},
    {"torch", "CharStorage", VSG_PICKLE_INERT, "i1"},
    {"torch", "ByteStorage", VSG_PICKLE_INERT, "u1"},
    {"torch", "BoolStorage", VSG_PICKLE_INERT, "b1"},
    {"torch", "float32", VSG_PICKLE_INERT, NULL},
    {"torch", "float64", VSG_PICKLE_INERT, NULL},
    {"torch", "float16", VSG_PICKLE_INERT, NULL},
    {"torch", "bfloat16", VSG_PICKLE_INERT, NULL},
    {"torch", "int64", VSG_PICKLE_INERT, NULL},
    {"torch", "int32", VSG_PICKLE_INERT, NULL},
    {"torch", "int16", VSG_PICKLE_INERT, NULL},
    {"torch", "int8", VSG_PICKLE_INERT, NULL},
    {"torch", "uint8", VSG_PICKLE_INERT, NULL},
    {"torch", "bool", VSG_PICKLE_INERT, NULL},
};

static bool same(const char *text, size_t length, const char *word) {
  return strlen(word) == length && memcmp(text, word, length) == 0;
}

static const vsg_pickle_global *find_global(const char *module,
                                            size_t module_length,
                                            const char *name,
                                            size_t name_length) {
  for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++) {
    if (same(module, module_length, globals[i].module) &&
        same(name, name_length, globals[i].name)) {
      return &globals[i];
    }
  }
  return NULL;
}

vsg_status vsg_pickle_push_global(vsg_pickle *p, const char *module,
                                  size_t module_length, const char *name,
                                  size_t name_length, vsg_error *err) {
  const vsg_pickle_global *known =
      (p->numpy ? vsg_pickle_numpy_find : find_global)(module, module_length,
                                                       name, name_length);
  vsg_pickle_ref ref;
  if (!known) {
    return vsg_pickle_push_foreign(p, module, module_length, name, name_length,
                                   err);
  }
  if (vsg_pickle_make(&ref, p, VSG_PICKLE_GLOBAL, err)) return err->code;
  vsg_pickle_at(p, ref)->as.global = known;
  return VSG_OK;
}

/* ---- tensors ---- */

/* Every element lies in the storage, there are not too many of them, and the
 * product of the sizes, zeros left out, can be computed. */
static vsg_status check_extent(const vsg_pickle_tensor *t, size_t stored,
                               const vsg_pickle *p, vsg_error *err) {
  size_t last = 0, numel = 1, step;
  char shape[VSG_SHAPE_TEXT];
  bool empty = false, fits = (size_t)t->offset <= stored;
  for (int i = 0; i < t->dims; i++) {
    size_t size = (size_t)t->shape[i];
    if (size == 0) empty = true;
    if (size < 2) continue;
    fits = fits && vsg_size_mul(&numel, numel, size) &&
           vsg_size_mul(&step, size - 1, (size_t)t->stride[i]) &&
           vsg_size_add(&last, last, step);
  }
  if (!empty) fits = fits && last < stored - (size_t)t->offset;
  if (fits && (numel <= stored || numel <= REPEATED_MOST)) return VSG_OK;
  return vsg_read_fail(p->r, err,
                       "a tensor of shape %s from element %ld on does not fit "
                       "into its storage of %zu elements",
                       vsg_shape_text(shape, t->dims, t->shape), t->offset,
                       stored);
}

/* Where no stride is ever taken the file may say anything: what it said is
 * replaced, so that later arithmetic on strides cannot overflow. */
static void settle_strides(vsg_pickle_tensor *t) {
  bool empty = false;
  long contiguous = 1;
  for (int i = 0; i < t->dims; i++) empty = empty || t->shape[i] == 0;
  for (int i = t->dims - 1; i >= 0; i--) {
    if (empty) t->stride[i] = contiguous;
    if (t->shape[i] < 2) {
      t->stride[i] = 1;
    } else {
      contiguous *= t->shape[i]; /* fits, by check_extent */
    }
  }
  if (empty) t->offset = 0;
}

static vsg_status rebuild_tensor(vsg_pickle *p, vsg_pickle_ref arguments,
                                 vsg_error *err) {
  vsg_pickle_value storage;
  vsg_pickle_tensor t = {0};
  vsg_pickle_ref ref;
  void *list = p->tensors;
  int strides;
  if (vsg_pickle_argument(&storage, p, arguments, 0, VSG_PICKLE_STORAGE, err) ||
      vsg_pickle_natural(&t.offset, p, arguments, 1, err) ||
      vsg_pickle_naturals(&t.dims, t.shape, p, arguments, 2, err) ||
      vsg_pickle_naturals(&strides, t.stride, p, arguments, 3, err)) {
    return err->code;
  }
  if (strides != t.dims) {
    return vsg_read_fail(p->r, err, "a tensor of %d axes and %d strides",
                         t.dims, strides);
  }
  t.storage = storage.as.index;
  if (check_extent(&t, p->storages[t.storage].count, p, err)) return err->code;
  settle_strides(&t);
  if (vsg_list_grow(&list, p->tensor_count, &p->tensor_room, sizeof *p->tensors,
                    "pickle", err)) {
    return err->code;
  }
  p->tensors = list;
  if (vsg_pickle_make(&ref, p, VSG_PICKLE_TENSOR, err)) return err->code;
  vsg_pickle_at(p, ref)->as.index = (uint32_t)p->tensor_count;
  p->tensors[p->tensor_count++] = t;
  return VSG_OK;
}

/* Python 3 calls OrderedDict without arguments and sets the items; Python 2
 * gives them as a list of pairs. */
static vsg_status ordered_dict(vsg_pickle *p, vsg_pickle_ref arguments,
                               vsg_error *err) {
  vsg_pickle_value pairs, value;
  vsg_pickle_ref dict;
  uint32_t given = vsg_pickle_at(p, arguments)->as.list.count;
  if (vsg_pickle_make(&dict, p, VSG_PICKLE_DICT, err)) return err->code;
  if (given == 0) return VSG_OK;
  if (vsg_pickle_argument(&pairs, p, arguments, 0, VSG_PICKLE_LIST, err))
    return err->code;
  for (uint32_t i = 0; i < pairs.as.list.count; i++) {
    value = *vsg_pickle_at(p, pairs.as.list.items[i]);
    if ((value.kind != VSG_PICKLE_LIST && value.kind != VSG_PICKLE_TUPLE) ||
        value.as.list.count != 2) {
      return vsg_read_fail(p->r, err, "OrderedDict of something but pairs");
    }
    for (int k = 0; k < 2; k++) {
      if (vsg_pickle_append(p, dict, value.as.list.items[k], err)) {
        return err->code;
      }
    }
  }
  return VSG_OK;
}

/* Of a subclass, or with attributes: (function, class, its arguments, ...). */
static vsg_status rebuild_from_type(vsg_pickle *p, vsg_pickle_ref arguments,
                                    vsg_error *err) {
  vsg_pickle_value function, inner;
  if (vsg_pickle_argument(&function, p, arguments, 0, VSG_PICKLE_GLOBAL, err) ||
      vsg_pickle_argument(&inner, p, arguments, 2, VSG_PICKLE_TUPLE, err)) {
    return err->code;
  }
  if (function.as.global->call != VSG_PICKLE_REBUILD_TENSOR) {
    return vsg_read_fail(p->r, err, "pickle: a tensor made by %s.%s",
                         function.as.global->module, function.as.global->name);
  }
  return rebuild_tensor(p, vsg_pickle_at(p, arguments)->as.list.items[2], err);
}

vsg_status vsg_pickle_reduce(vsg_pickle *p, vsg_pickle_ref function,
                             vsg_pickle_ref arguments, vsg_error *err) {
  const vsg_pickle_global *global = vsg_pickle_at(p, function)->as.global;
  const vsg_pickle_value *list = vsg_pickle_at(p, arguments);
  vsg_pickle_ref ref;
  switch (global->call) {
    case VSG_PICKLE_ORDERED_DICT:
      return ordered_dict(p, arguments, err);
    case VSG_PICKLE_REBUILD_TENSOR:
      return rebuild_tensor(p, arguments, err);
    case VSG_PICKLE_REBUILD_FROM_TYPE:
      return rebuild_from_type(p, arguments, err);
    case VSG_PICKLE_FIRST: /* a parameter's tensor, a size's tuple, ... */
      if (list->as.list.count == 0) break;
      return vsg_pickle_push(p, list->as.list.items[0], err);
    case VSG_PICKLE_EMPTY_DICT:
      return vsg_pickle_make(&ref, p, VSG_PICKLE_DICT, err);
    case VSG_PICKLE_DEVICE: /* ("cuda", 0): where it was is of no matter */
      return vsg_pickle_push(p, arguments, err);
    case VSG_PICKLE_INERT:
      break;
    default:
      return vsg_pickle_numpy_call(p, global->call, arguments, err);
  }
  return vsg_read_fail(p->r, err, "pickle: a call of %s.%s", global->module,
                       global->name);
}

/* ---- storages ---- */

/* One key is one storage, however many tensors look into it. */
static vsg_status find_storage(uint32_t *out, vsg_pickle *p,
                               const vsg_pickle_storage *wanted,
                               vsg_error *err) {
  void *list = p->storages;
  p->compared += p->storage_count;
  if (p->compared > COMPARED_MOST) {
    return vsg_read_fail(p->r, err, "%zu storages, named too often",
                         p->storage_count);
  }
  for (size_t i = 0; i < p->storage_count; i++) {
    const vsg_pickle_storage *s = &p->storages[i];
    if (s->key_length != wanted->key_length ||
        memcmp(s->key, wanted->key, s->key_length) != 0) {
      continue;
    }
    if (s->type != wanted->type || s->count != wanted->count) {
      return vsg_read_fail(p->r, err, "storage '%.*s' comes in two forms",
                           s->key_length < 80 ? (int)s->key_length : 80,
                           s->key);
    }
    *out = (uint32_t)i;
    return VSG_OK;
  }
  if (p->storage_count == STORAGES_MOST) {
    return vsg_read_fail(p->r, err, "over %d storages", STORAGES_MOST);
  }
  if (vsg_list_grow(&list, p->storage_count, &p->storage_room,
                    sizeof *p->storages, "pickle", err)) {
    return err->code;
  }
  p->storages = list;
  *out = (uint32_t)p->storage_count;
  p->storages[p->storage_count++] = *wanted;
  return VSG_OK;
}

vsg_status vsg_pickle_persistent(vsg_pickle *p, vsg_pickle_ref id,
                                 vsg_error *err) {
  vsg_pickle_value tag, class, key, view;
  vsg_pickle_storage storage = {0};
  vsg_pickle_ref ref;
  uint32_t index;
  long count;
  if (vsg_pickle_argument(&tag, p, id, 0, VSG_PICKLE_STRING, err))
    return err->code;
  if (same(tag.as.string.text, tag.as.string.length, "module") &&
      vsg_pickle_at(p, id)->as.list.count > 1) { /* and then its source */
    return vsg_pickle_push(p, vsg_pickle_at(p, id)->as.list.items[1], err);
  }
  if (vsg_pickle_argument(&class, p, id, 1, VSG_PICKLE_GLOBAL, err) ||
      vsg_pickle_argument(&key, p, id, 2, VSG_PICKLE_STRING, err) ||
      vsg_pickle_natural(&count, p, id, 4, err)) {
    return err->code;
  }
  if (!same(tag.as.string.text, tag.as.string.length, "storage") ||
      !class.as.global->element) {
    return vsg_read_fail(p->r, err, "pickle: an outside object, no storage");
  }
  if (vsg_pickle_at(p, id)->as.list.count > 5 &&
      vsg_pickle_argument(&view, p, id, 5, VSG_PICKLE_NONE, err)) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %zu: a view of a storage (PyTorch before 0.4)",
                    p->r->name, p->r->at);
  }
  storage.key = key.as.string.text;
  storage.key_length = key.as.string.length;
  storage.type = vsg_element_find(class.as.global->element);
  storage.count = (size_t)count;
  if (find_storage(&index, p, &storage, err)) return err->code;
  if (vsg_pickle_make(&ref, p, VSG_PICKLE_STORAGE, err)) return err->code;
  vsg_pickle_at(p, ref)->as.index = index;
  return VSG_OK;
}
