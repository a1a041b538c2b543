/* What numpy's pickles name, in an .npy of objects; see pickle.h.
 *
 *   array    _reconstruct(ndarray, (0,), b"b"), then BUILD with
 *            (1, shape, dtype, in Fortran order, elements)
 *   dtype    dtype("f4", False, True), then BUILD with (3, "<", ...)
 *   scalar   scalar(dtype, bytes)
 *
 * Elements are bytes, for protocol 2 of Python 3 written as text whose letters
 * are the bytes (_codecs.encode(text, "latin1")), or, of dtype "O8", a list of
 * other values. An array of numbers becomes a tensor; one of objects a list;
 * one of objects without axes, as numpy.save makes of a dictionary, what it
 * holds. A scalar becomes a plain number. */
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/base/size.h"
#include "core/loader/pickle.h"
#include "core/tensor/convert.h"

static const vsg_pickle_global globals[] = {
    {"numpy.core.multiarray", "_reconstruct", VSG_PICKLE_NUMPY_ARRAY, NULL},
    {"numpy._core.multiarray", "_reconstruct", VSG_PICKLE_NUMPY_ARRAY, NULL},
    {"numpy.core.multiarray", "scalar", VSG_PICKLE_NUMPY_SCALAR, NULL},
    {"numpy._core.multiarray", "scalar", VSG_PICKLE_NUMPY_SCALAR, NULL},
    {"numpy", "dtype", VSG_PICKLE_NUMPY_DTYPE, NULL},
    {"numpy", "ndarray", VSG_PICKLE_INERT, NULL},
    {"_codecs", "encode", VSG_PICKLE_NUMPY_BYTES, NULL},
    {"collections", "OrderedDict", VSG_PICKLE_ORDERED_DICT, NULL},
};

const vsg_pickle_global *vsg_pickle_numpy_find(const char *module,
                                               size_t module_length,
                                               const char *name,
                                               size_t name_length) {
  for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++) {
    if (strlen(globals[i].module) == module_length &&
        strlen(globals[i].name) == name_length &&
        memcmp(globals[i].module, module, module_length) == 0 &&
        memcmp(globals[i].name, name, name_length) == 0) {
      return &globals[i];
    }
  }
  return NULL;
}

/* ---- elements ---- */

/* Each letter of UTF-8 is one byte of n. */
static vsg_status letters(unsigned char *out, size_t n, const vsg_pickle *p,
                          const vsg_pickle_value *data, vsg_error *err) {
  /* Text is bytes here. */
  const unsigned char *text = (const unsigned char *)data->as.string.text;
  size_t at = 0, length = data->as.string.length;
  for (size_t i = 0; i < n; i++) {
    if (at < length && text[at] < 0x80) {
      out[i] = text[at++];
    } else if (length - at >= 2 && (text[at] & 0xfe) == 0xc2 &&
               (text[at + 1] & 0xc0) == 0x80) {
      out[i] = (unsigned char)(text[at] << 6 | (text[at + 1] & 0x3f));
      at += 2;
    } else {
      return vsg_read_fail(p->r, err, "text of %zu bytes has not %zu letters",
                           length, n);
    }
  }
  if (at == length) return VSG_OK;
  return vsg_read_fail(p->r, err, "text of %zu bytes has over %zu letters",
                       length, n);
}

/* Fills t, one axis, from elements that are n bytes. */
static vsg_status fill(vsg_tensor *t, const vsg_pickle *p,
                       const vsg_pickle_value *dtype, const vsg_element *type,
                       const vsg_pickle_value *data, size_t n, vsg_error *err) {
  const unsigned char *bytes = (const unsigned char *)data->as.string.text;
  unsigned char *copy;
  vsg_status status;
  if (data->kind != VSG_PICKLE_LETTERS) {
    if (data->as.string.length != n) {
      return vsg_read_fail(p->r, err, "an array has %zu bytes, %zu wanted",
                           data->as.string.length, n);
    }
    return vsg_element_fill(t, type, dtype->swap, bytes, err);
  }
  copy = malloc(n + 1);
  if (!copy) return vsg_fail_memory(err, "pickle", n);
  status = letters(copy, n, p, data, err);
  if (!status) status = vsg_element_fill(t, type, dtype->swap, copy, err);
  free(copy);
  return status;
}

static vsg_status find_type(const vsg_element **out, const vsg_pickle *p,
                            const vsg_pickle_value *dtype, vsg_error *err) {
  char name[8] = "";
  size_t length = dtype->as.string.length;
  if (length < sizeof name) memcpy(name, dtype->as.string.text, length);
  *out = vsg_element_find(name);
  if (*out) return VSG_OK;
  return vsg_fail(err, VSG_UNSUPPORTED,
                  "%s: offset %zu: an array of numpy's type '%.*s'", p->r->name,
                  p->r->at, length < 40 ? (int)length : 40,
                  dtype->as.string.text);
}

/* *out, one axis, is count elements. An array's bytes are its own, so that all
 * together are no more than the file's: else a short file could name the same
 * ones a thousand times. */
static vsg_status numbers(vsg_tensor **out, vsg_pickle *p,
                          const vsg_pickle_value *dtype, size_t count,
                          const vsg_pickle_value *data, vsg_error *err) {
  const vsg_element *type;
  long shape[1] = {(long)count};
  size_t n;
  if (data->kind != VSG_PICKLE_BYTES && data->kind != VSG_PICKLE_STRING &&
      data->kind != VSG_PICKLE_LETTERS) {
    return vsg_read_fail(p->r, err, "the elements of an array are %s",
                         vsg_pickle_kind_name(data->kind));
  }
  if (find_type(&type, p, dtype, err)) return err->code;
  if (!vsg_size_mul(&n, count, type->bytes) ||
      !vsg_size_add(&p->array_bytes, p->array_bytes, n) ||
      p->array_bytes > p->r->size) {
    return vsg_read_fail(p->r, err, "the arrays have more bytes than the file");
  }
  if (vsg_tensor_new(out, type->dtype, 1, shape, err)) return err->code;
  if (!fill(*out, p, dtype, type, data, n, err)) return VSG_OK;
  vsg_tensor_free(*out);
  return err->code;
}

/* ---- calls ---- */

/* A plain number of one element. */
static vsg_status scalar(vsg_pickle *p, vsg_pickle_ref arguments,
                         vsg_error *err) {
  vsg_pickle_value dtype, data;
  vsg_pickle_ref ref;
  vsg_tensor *t;
  vsg_status status;
  if (vsg_pickle_argument(&dtype, p, arguments, 0, VSG_PICKLE_DTYPE, err)) {
    return err->code;
  }
  if (vsg_pickle_at(p, arguments)->as.list.count != 2) {
    return vsg_read_fail(p->r, err, "a scalar without a value");
  }
  data = *vsg_pickle_at(p, vsg_pickle_at(p, arguments)->as.list.items[1]);
  if (numbers(&t, p, &dtype, 1, &data, err)) return err->code;
  status = vsg_pickle_make(&ref, p, VSG_PICKLE_REAL, err);
  if (!status && vsg_dtype_is_float(t->dtype)) {
    vsg_convert(&vsg_pickle_at(p, ref)->as.real, VSG_f64, 1, vsg_tensor_data(t),
                t->dtype, 1, 1);
  } else if (!status) {
    vsg_pickle_at(p, ref)->kind = VSG_PICKLE_INTEGER;
    vsg_convert(&vsg_pickle_at(p, ref)->as.integer, VSG_i64, 1,
                vsg_tensor_data(t), t->dtype, 1, 1);
  }
  vsg_tensor_free(t);
  return status;
}

/* Another kind of value with the text of the first argument. */
static vsg_status text(vsg_pickle *p, vsg_pickle_ref arguments,
                       vsg_pickle_kind kind, vsg_error *err) {
  vsg_pickle_value given;
  vsg_pickle_ref ref;
  if (vsg_pickle_argument(&given, p, arguments, 0, VSG_PICKLE_STRING, err) ||
      vsg_pickle_make(&ref, p, kind, err)) {
    return err->code;
  }
  vsg_pickle_at(p, ref)->as.string = given.as.string;
  return VSG_OK;
}

vsg_status vsg_pickle_numpy_call(vsg_pickle *p, vsg_pickle_call call,
                                 vsg_pickle_ref arguments, vsg_error *err) {
  vsg_pickle_ref ref;
  switch (call) {
    case VSG_PICKLE_NUMPY_SCALAR:
      return scalar(p, arguments, err);
    case VSG_PICKLE_NUMPY_DTYPE:
      return text(p, arguments, VSG_PICKLE_DTYPE, err);
    case VSG_PICKLE_NUMPY_BYTES:
      return text(p, arguments, VSG_PICKLE_LETTERS, err);
    default: /* an array, whatever its arguments: BUILD says what it is */
      return vsg_pickle_make(&ref, p, VSG_PICKLE_ARRAY, err);
  }
}

/* ---- states ---- */

static vsg_status build_dtype(vsg_pickle *p, vsg_pickle_ref target,
                              vsg_pickle_ref state, vsg_error *err) {
  vsg_pickle_value order;
  if (vsg_pickle_argument(&order, p, state, 1, VSG_PICKLE_STRING, err)) {
    return err->code;
  }
  vsg_pickle_at(p, target)->swap =
      order.as.string.length == 1 && order.as.string.text[0] == '>';
  return VSG_OK;
}

static vsg_status build_objects(vsg_pickle *p, vsg_pickle_ref target, int dims,
                                size_t count, const vsg_pickle_value *items,
                                vsg_error *err) {
  if (items->kind != VSG_PICKLE_LIST || items->as.list.count != count) {
    return vsg_read_fail(p->r, err, "an array of %zu objects holds %s", count,
                         vsg_pickle_kind_name(items->kind));
  }
  vsg_pickle_at(p, target)->kind = dims ? VSG_PICKLE_LIST : VSG_PICKLE_BOX;
  for (size_t i = 0; i < count; i++) {
    vsg_pickle_ref item = items->as.list.items[i];
    if (vsg_pickle_append(p, target, item, err)) return err->code;
  }
  return VSG_OK;
}

static void set_strides(vsg_pickle_tensor *t, bool fortran) {
  long step = 1;
  for (int i = 0; i < t->dims; i++) {
    int axis = fortran ? i : t->dims - 1 - i;
    t->stride[axis] = step;
    if (t->shape[axis] > 0) step *= t->shape[axis];
  }
}

/* Makes target a tensor: t, but for its storage, of the elements. */
static vsg_status build_numbers(vsg_pickle *p, vsg_pickle_ref target,
                                vsg_pickle_tensor t, size_t count,
                                const vsg_pickle_value *dtype,
                                const vsg_pickle_value *data, vsg_error *err) {
  void *list = p->storages; /* vsg_list_grow's type */
  vsg_pickle_storage s = {.key = "", .count = count};
  if (vsg_list_grow(&list, p->storage_count, &p->storage_room,
                    sizeof *p->storages, "pickle", err)) {
    return err->code;
  }
  p->storages = list;
  list = p->tensors;
  if (vsg_list_grow(&list, p->tensor_count, &p->tensor_room, sizeof *p->tensors,
                    "pickle", err)) {
    return err->code;
  }
  p->tensors = list;
  if (numbers(&s.data, p, dtype, count, data, err)) return err->code;
  t.storage = (uint32_t)p->storage_count;
  vsg_pickle_at(p, target)->kind = VSG_PICKLE_TENSOR;
  vsg_pickle_at(p, target)->as.index = (uint32_t)p->tensor_count;
  p->storages[p->storage_count++] = s;
  p->tensors[p->tensor_count++] = t;
  return VSG_OK;
}

static vsg_status build_array(vsg_pickle *p, vsg_pickle_ref target,
                              vsg_pickle_ref state, vsg_error *err) {
  vsg_pickle_value dtype, fortran, data;
  vsg_pickle_tensor t = {0};
  size_t count = 1;
  if (vsg_pickle_naturals(&t.dims, t.shape, p, state, 1, err) ||
      vsg_pickle_argument(&dtype, p, state, 2, VSG_PICKLE_DTYPE, err) ||
      vsg_pickle_argument(&fortran, p, state, 3, VSG_PICKLE_BOOL, err)) {
    return err->code;
  }
  if (vsg_pickle_at(p, state)->as.list.count != 5) {
    return vsg_read_fail(p->r, err, "an array's state has no elements");
  }
  data = *vsg_pickle_at(p, vsg_pickle_at(p, state)->as.list.items[4]);
  for (int i = 0; i < t.dims; i++) {
    if (!vsg_size_mul(&count, count, (size_t)t.shape[i])) {
      return vsg_read_fail(p->r, err, "an array of too many elements");
    }
  }
  if (dtype.as.string.length > 0 && dtype.as.string.text[0] == 'O') {
    return build_objects(p, target, t.dims, count, &data, err);
  }
  set_strides(&t, fortran.as.integer);
  return build_numbers(p, target, t, count, &dtype, &data, err);
}

vsg_status vsg_pickle_numpy_build(vsg_pickle *p, vsg_pickle_ref target,
                                  vsg_pickle_ref state, vsg_error *err) {
  vsg_status status;
  if (vsg_pickle_at(p, state)->kind != VSG_PICKLE_TUPLE) {
    return vsg_read_fail(p->r, err, "the state of %s is %s, a tuple wanted",
                         vsg_pickle_kind_name(vsg_pickle_at(p, target)->kind),
                         vsg_pickle_kind_name(vsg_pickle_at(p, state)->kind));
  }
  status = vsg_pickle_at(p, target)->kind == VSG_PICKLE_DTYPE
               ? build_dtype(p, target, state, err)
               : build_array(p, target, state, err);
  return status ? status : vsg_pickle_push(p, target, err);
}
