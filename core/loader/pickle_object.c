/* What the pickle reader makes of classes and functions that it does not know;
 * see pickle.h. They stay names. What one would have made, by REDUCE or NEWOBJ,
 * is an object: it keeps the attributes and items that the file gives it, which
 * are data (the parameters of a module, the settings of a run), and nothing of
 * the arguments. A tensor that would be lost that way is an error. */
#include "core/base/list.h"
#include "core/loader/pickle.h"

enum { FOREIGN_MOST = 1 << 20 };

vsg_status vsg_pickle_push_foreign(vsg_pickle *p, const char *module,
                                   size_t module_length, const char *name,
                                   size_t name_length, vsg_error *err) {
  void *list = p->foreigns; /* vsg_list_grow's type */
  vsg_pickle_ref ref;
  if (p->foreign_count == FOREIGN_MOST) {
    return vsg_read_fail(p->r, err, "pickle: over %d foreign classes",
                         FOREIGN_MOST);
  }
  if (vsg_list_grow(&list, p->foreign_count, &p->foreign_room,
                    sizeof *p->foreigns, "pickle", err)) {
    return err->code;
  }
  p->foreigns = list;
  p->foreigns[p->foreign_count] =
      (vsg_pickle_foreign){module, name, module_length, name_length, p->r->at};
  if (vsg_pickle_make(&ref, p, VSG_PICKLE_FOREIGN, err)) return err->code;
  vsg_pickle_at(p, ref)->foreign = (uint32_t)p->foreign_count++;
  return VSG_OK;
}

vsg_status vsg_pickle_refuse(const vsg_pickle *p, uint32_t foreign,
                             vsg_error *err) {
  const vsg_pickle_foreign *f = &p->foreigns[foreign];
  return vsg_fail(
      err, VSG_UNSUPPORTED,
      "%s: offset %zu: the file holds a %.*s.%.*s, only tensors and plain data "
      "are read (save the state dictionary)",
      p->r->name, f->at, f->module_length < 120 ? (int)f->module_length : 120,
      f->module, f->name_length < 120 ? (int)f->name_length : 120, f->name);
}

/* Nothing is made of the value; it must hold no tensor. */
static vsg_status drop(const vsg_pickle *p, uint32_t foreign,
                       vsg_pickle_ref value, vsg_error *err) {
  if (!vsg_pickle_has_tensor(p, value)) return VSG_OK;
  return vsg_pickle_refuse(p, foreign, err);
}

vsg_status vsg_pickle_apply(vsg_pickle *p, vsg_pickle_ref function,
                            vsg_pickle_ref arguments, vsg_error *err) {
  vsg_pickle_value f = *vsg_pickle_at(p, function);
  vsg_pickle_ref object;
  if (f.kind == VSG_PICKLE_GLOBAL) {
    return vsg_pickle_reduce(p, function, arguments, err);
  }
  /* An object that is called is a method or a function that was looked up. */
  if (f.kind != VSG_PICKLE_FOREIGN && f.kind != VSG_PICKLE_OBJECT) {
    return vsg_read_fail(p->r, err, "pickle: a call of %s",
                         vsg_pickle_kind_name(f.kind));
  }
  if (drop(p, f.foreign, arguments, err) ||
      vsg_pickle_make(&object, p, VSG_PICKLE_OBJECT, err)) {
    return err->code;
  }
  vsg_pickle_at(p, object)->foreign = f.foreign;
  return VSG_OK;
}

vsg_status vsg_pickle_put(vsg_pickle *p, vsg_pickle_ref container,
                          vsg_pickle_kind kind, vsg_pickle_ref item,
                          vsg_error *err) {
  const vsg_pickle_value *v = vsg_pickle_at(p, container);
  if (v->kind == VSG_PICKLE_OBJECT && kind == VSG_PICKLE_LIST) {
    return drop(p, v->foreign, item, err);
  }
  return vsg_pickle_append(p, container, item, err);
}

/* Appends the keys and values of a dictionary to an object. */
static vsg_status take_items(vsg_pickle *p, vsg_pickle_ref object,
                             vsg_pickle_ref dict, vsg_error *err) {
  uint32_t count = vsg_pickle_at(p, dict)->as.list.count;
  for (uint32_t i = 0; i < count; i++) {
    vsg_pickle_ref item = vsg_pickle_at(p, dict)->as.list.items[i];
    if (vsg_pickle_append(p, object, item, err)) return err->code;
  }
  return VSG_OK;
}

/* A part of a state: a dictionary of attributes, or what has no meaning. */
static vsg_status take_state(vsg_pickle *p, vsg_pickle_ref object,
                             vsg_pickle_ref state, vsg_error *err) {
  if (vsg_pickle_at(p, state)->kind == VSG_PICKLE_DICT) {
    return take_items(p, object, state, err);
  }
  return drop(p, vsg_pickle_at(p, object)->foreign, state, err);
}

vsg_status vsg_pickle_build(vsg_pickle *p, vsg_pickle_ref target,
                            vsg_pickle_ref state, vsg_error *err) {
  const vsg_pickle_value *t = vsg_pickle_at(p, target);
  const vsg_pickle_value *s = vsg_pickle_at(p, state);
  if (t->kind == VSG_PICKLE_ARRAY || t->kind == VSG_PICKLE_DTYPE) {
    return vsg_pickle_numpy_build(p, target, state, err);
  }
  if (t->kind != VSG_PICKLE_OBJECT && t->kind != VSG_PICKLE_DICT) {
    return vsg_read_fail(p->r, err, "pickle: a state of %s",
                         vsg_pickle_kind_name(t->kind));
  }
  /* A state dictionary carries its layers' versions as an attribute. */
  if (t->kind == VSG_PICKLE_DICT) return vsg_pickle_push(p, target, err);
  if (s->kind == VSG_PICKLE_TUPLE && s->as.list.count == 2) { /* and slots */
    if (take_state(p, target, s->as.list.items[0], err) ||
        take_state(p, target, s->as.list.items[1], err)) {
      return err->code;
    }
  } else if (take_state(p, target, state, err)) {
    return err->code;
  }
  return vsg_pickle_push(p, target, err);
}
