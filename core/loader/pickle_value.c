/* The values, stack and containers of the pickle reader; see pickle.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/loader/pickle.h"

enum {
  VALUES_MOST = 1 << 22, /* 128 MiB of them; a checkpoint has some thousand */
  STACK_MOST = 1 << 20,
  ITEMS_MOST = 1 << 24,
};

vsg_pickle_value *vsg_pickle_at(const vsg_pickle *p, vsg_pickle_ref ref) {
  return &p->values[ref];
}

const char *vsg_pickle_kind_name(vsg_pickle_kind kind) {
  static const char *const names[] = {
      [VSG_PICKLE_NONE] = "None",          [VSG_PICKLE_BOOL] = "a boolean",
      [VSG_PICKLE_INTEGER] = "an integer", [VSG_PICKLE_REAL] = "a float",
      [VSG_PICKLE_STRING] = "a string",    [VSG_PICKLE_BYTES] = "bytes",
      [VSG_PICKLE_LIST] = "a list",        [VSG_PICKLE_TUPLE] = "a tuple",
      [VSG_PICKLE_DICT] = "a dictionary",  [VSG_PICKLE_GLOBAL] = "a class",
      [VSG_PICKLE_FOREIGN] = "a class",    [VSG_PICKLE_OBJECT] = "an object",
      [VSG_PICKLE_STORAGE] = "a storage",  [VSG_PICKLE_TENSOR] = "a tensor",
      [VSG_PICKLE_ARRAY] = "an array",     [VSG_PICKLE_DTYPE] = "a dtype",
      [VSG_PICKLE_LETTERS] = "bytes",      [VSG_PICKLE_BOX] = "an array",
  };
  return names[kind];
}

vsg_status vsg_pickle_push(vsg_pickle *p, vsg_pickle_ref ref, vsg_error *err) {
  void *list = p->stack;
  if (p->depth == STACK_MOST) {
    return vsg_read_fail(p->r, err, "pickle: over %d values on the stack",
                         STACK_MOST);
  }
  if (vsg_list_grow(&list, p->depth, &p->stack_room, sizeof *p->stack, "pickle",
                    err)) {
    return err->code;
  }
  p->stack = list;
  p->stack[p->depth++] = ref;
  return VSG_OK;
}

vsg_status vsg_pickle_make(vsg_pickle_ref *out, vsg_pickle *p,
                           vsg_pickle_kind kind, vsg_error *err) {
  void *list = p->values;
  if (p->value_count == VALUES_MOST) {
    return vsg_read_fail(p->r, err, "pickle: over %d values", VALUES_MOST);
  }
  if (vsg_list_grow(&list, p->value_count, &p->value_room, sizeof *p->values,
                    "pickle", err)) {
    return err->code;
  }
  p->values = list;
  p->values[p->value_count] = (vsg_pickle_value){.kind = kind};
  *out = (vsg_pickle_ref)p->value_count++;
  return vsg_pickle_push(p, *out, err);
}

vsg_status vsg_pickle_pop(vsg_pickle_ref *out, vsg_pickle *p, vsg_error *err) {
  if (p->depth == 0 || p->stack[p->depth - 1] == VSG_PICKLE_MARK) {
    return vsg_read_fail(p->r, err, "pickle: no value on the stack");
  }
  *out = p->stack[--p->depth];
  return VSG_OK;
}

vsg_status vsg_pickle_pop_kind(vsg_pickle_ref *out, vsg_pickle *p,
                               vsg_pickle_kind kind, vsg_error *err) {
  if (vsg_pickle_pop(out, p, err)) return err->code;
  if (vsg_pickle_at(p, *out)->kind != kind) {
    return vsg_read_fail(p->r, err, "pickle: %s came, %s wanted",
                         vsg_pickle_kind_name(vsg_pickle_at(p, *out)->kind),
                         vsg_pickle_kind_name(kind));
  }
  return VSG_OK;
}

bool vsg_pickle_has_tensor(const vsg_pickle *p, vsg_pickle_ref ref) {
  const vsg_pickle_value *v = vsg_pickle_at(p, ref);
  return v->kind == VSG_PICKLE_TENSOR || v->kind == VSG_PICKLE_STORAGE ||
         v->has_tensor;
}

vsg_status vsg_pickle_append(vsg_pickle *p, vsg_pickle_ref list,
                             vsg_pickle_ref item, vsg_error *err) {
  vsg_pickle_value *v = vsg_pickle_at(p, list);
  void *items = v->as.list.items;
  size_t room = v->as.list.room;
  if (p->item_count == ITEMS_MOST) {
    return vsg_read_fail(p->r, err, "pickle: over %d items", ITEMS_MOST);
  }
  if (vsg_list_grow(&items, v->as.list.count, &room, sizeof item, "pickle",
                    err)) {
    return err->code;
  }
  v->as.list.items = items;
  v->as.list.room = (uint32_t)room;
  v->as.list.items[v->as.list.count++] = item;
  v->has_tensor = v->has_tensor || vsg_pickle_has_tensor(p, item);
  p->item_count++;
  return VSG_OK;
}

/* ---- arguments ---- */

vsg_status vsg_pickle_argument(vsg_pickle_value *out, const vsg_pickle *p,
                               vsg_pickle_ref tuple, uint32_t n,
                               vsg_pickle_kind kind, vsg_error *err) {
  const vsg_pickle_value *t = vsg_pickle_at(p, tuple);
  if (n >= t->as.list.count) {
    return vsg_read_fail(p->r, err, "pickle: %u arguments, over %u wanted",
                         t->as.list.count, n);
  }
  *out = *vsg_pickle_at(p, t->as.list.items[n]);
  if (out->kind != kind) {
    return vsg_read_fail(p->r, err, "pickle: argument %u is %s, %s wanted",
                         n + 1, vsg_pickle_kind_name(out->kind),
                         vsg_pickle_kind_name(kind));
  }
  return VSG_OK;
}

vsg_status vsg_pickle_natural(long *out, const vsg_pickle *p,
                              vsg_pickle_ref tuple, uint32_t n,
                              vsg_error *err) {
  vsg_pickle_value v;
  if (vsg_pickle_argument(&v, p, tuple, n, VSG_PICKLE_INTEGER, err))
    return err->code;
  if (v.as.integer < 0) {
    return vsg_read_fail(p->r, err, "pickle: %lld came, 0 or more wanted",
                         (long long)v.as.integer);
  }
  *out = v.as.integer;
  return VSG_OK;
}

vsg_status vsg_pickle_naturals(int *count, long out[VSG_MAX_DIMS],
                               const vsg_pickle *p, vsg_pickle_ref tuple,
                               uint32_t n, vsg_error *err) {
  vsg_pickle_value v;
  if (vsg_pickle_argument(&v, p, tuple, n, VSG_PICKLE_TUPLE, err))
    return err->code;
  if (v.as.list.count > VSG_MAX_DIMS) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %zu: a tensor of %u axes, at most %d wanted",
                    p->r->name, p->r->at, v.as.list.count, VSG_MAX_DIMS);
  }
  *count = (int)v.as.list.count;
  for (uint32_t i = 0; i < v.as.list.count; i++) {
    vsg_pickle_ref inner = vsg_pickle_at(p, tuple)->as.list.items[n];
    if (vsg_pickle_natural(&out[i], p, inner, i, err)) return err->code;
  }
  return VSG_OK;
}

/* ---- the end ---- */

void vsg_pickle_free(vsg_pickle *p) {
  for (size_t i = 0; i < p->value_count; i++) {
    switch (p->values[i].kind) {
      case VSG_PICKLE_LIST:
      case VSG_PICKLE_TUPLE:
      case VSG_PICKLE_DICT:
      case VSG_PICKLE_OBJECT:
      case VSG_PICKLE_BOX:
        free(p->values[i].as.list.items);
        break;
      default:
        break;
    }
  }
  for (size_t i = 0; i < p->storage_count; i++) {
    vsg_tensor_free(p->storages[i].data);
  }
  free(p->values);
  free(p->stack);
  free(p->memo);
  free(p->storages);
  free(p->tensors);
  free(p->foreigns);
  *p = (vsg_pickle){.r = NULL};
}
