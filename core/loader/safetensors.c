/* Reading .safetensors, the format of Hugging Face's library of that name;
 * writing it is lua/visage/loader/safetensors.lua.
 *
 *   header length, u64 | header, JSON | elements
 *
 *   {"__metadata__": {KEY: TEXT, ...},
 *    NAME: {"dtype": "F32", "shape": [2, 3], "data_offsets": [BEGIN, END]},
 * ...}
 *
 * Offsets count from the first element. As in the library, the tensors fill the
 * file from there to its end without overlap or gap, in whatever order. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/loader/elements.h"
#include "core/loader/loader.h"

enum {
  PREFIX = 8,            /* bytes of the header's length */
  HEADER_MOST = 1 << 23, /* some 80,000 tensors; jansson takes up to 50 times
                            a header's bytes */
};

static const char metadata[] = "__metadata__";

typedef struct span {
  size_t begin, end; /* counted from the first element */
} span;

typedef struct entry {
  const char *name; /* the header's, as long as it lives */
  const vsg_element *type;
  int dims;
  long shape[VSG_MAX_DIMS];
  span bytes;
} entry;

/* ---- one tensor's entry ---- */

/* The element type of a dtype, NULL for one that has no place here. */
static const vsg_element *find_type(const char *dtype) {
  static const char *const names[][2] = {
      {"F64", "f8"}, {"F32", "f4"}, {"F16", "f2"}, {"BF16", "bf"},
      {"I64", "i8"}, {"I32", "i4"}, {"I16", "i2"}, {"I8", "i1"},
      {"U32", "u4"}, {"U16", "u2"}, {"U8", "u1"},  {"BOOL", "b1"},
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(names[i][0], dtype) == 0) return vsg_element_find(names[i][1]);
  }
  return NULL;
}

static vsg_status read_shape(entry *e, const json_t *shape, const vsg_reader *r,
                             vsg_error *err) {
  if (!json_is_array(shape)) {
    return vsg_read_fail(r, err, "'%.80s' has no shape", e->name);
  }
  if (json_array_size(shape) > VSG_MAX_DIMS) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: '%.80s' has %zu axes, at most %d wanted", r->name,
                    e->name, json_array_size(shape), VSG_MAX_DIMS);
  }
  e->dims = (int)json_array_size(shape);
  for (int i = 0; i < e->dims; i++) {
    const json_t *size = json_array_get(shape, (size_t)i);
    if (!json_is_integer(size) || json_integer_value(size) < 0) {
      return vsg_read_fail(r, err, "'%.80s': size %d is no whole number",
                           e->name, i + 1);
    }
    e->shape[i] = json_integer_value(size);
  }
  return VSG_OK;
}

/* size is the number of bytes of all tensors. */
static vsg_status read_offsets(span *out, const entry *e, const json_t *offsets,
                               size_t size, const vsg_reader *r,
                               vsg_error *err) {
  long long at[2];
  for (size_t i = 0; i < 2; i++) {
    const json_t *offset = json_array_get(offsets, i); /* NULL: no such */
    if (!json_is_integer(offset) || json_array_size(offsets) != 2) {
      return vsg_read_fail(r, err, "'%.80s' has no data_offsets", e->name);
    }
    at[i] = json_integer_value(offset);
  }
  if (at[0] < 0 || at[1] < at[0] || (unsigned long long)at[1] > size) {
    return vsg_read_fail(r, err,
                         "'%.80s': bytes %lld to %lld came, the file has %zu",
                         e->name, at[0], at[1], size);
  }
  *out = (span){(size_t)at[0], (size_t)at[1]};
  return VSG_OK;
}

static vsg_status check_size(const entry *e, const vsg_reader *r,
                             vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  size_t bytes = e->type->bytes;
  bool fits = true;
  for (int i = 0; i < e->dims && fits; i++) {
    fits = vsg_size_mul(&bytes, bytes, (size_t)e->shape[i]);
  }
  if (fits && bytes == e->bytes.end - e->bytes.begin) return VSG_OK;
  return vsg_read_fail(r, err, "'%.80s' of shape %s has %zu bytes", e->name,
                       vsg_shape_text(text, e->dims, e->shape),
                       e->bytes.end - e->bytes.begin);
}

static vsg_status read_entry(entry *out, const char *name, const json_t *value,
                             size_t size, const vsg_reader *r, vsg_error *err) {
  const char *dtype = json_string_value(json_object_get(value, "dtype"));
  *out = (entry){.name = name};
  if (!dtype || json_object_size(value) != 3) {
    return vsg_read_fail(r, err, "'%.80s' is not {dtype, shape, data_offsets}",
                         name);
  }
  out->type = find_type(dtype);
  if (!out->type) {
    return vsg_fail(err, VSG_UNSUPPORTED, "%s: '%.80s' has elements of %.40s",
                    r->name, name, dtype);
  }
  if (read_shape(out, json_object_get(value, "shape"), r, err) ||
      read_offsets(&out->bytes, out, json_object_get(value, "data_offsets"),
                   size, r, err)) {
    return err->code;
  }
  return check_size(out, r, err);
}

/* ---- all of them ---- */

static int by_place(const void *a, const void *b) {
  const span *x = a, *y = b; /* qsort's elements */
  if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
  return (x->end > y->end) - (x->end < y->end);
}

/* Sorts the spans. */
static vsg_status check_spans(span *spans, size_t count, size_t size,
                              const vsg_reader *r, vsg_error *err) {
  size_t end = 0;
  qsort(spans, count, sizeof *spans, by_place);
  for (size_t i = 0; i < count; i++) {
    if (spans[i].begin != end) {
      return vsg_read_fail(r, err, "a tensor begins at byte %zu of %s %zu",
                           spans[i].begin,
                           spans[i].begin < end ? "another that ends at"
                                                : "the elements, wanted",
                           end);
    }
    end = spans[i].end;
  }
  if (end == size) return VSG_OK;
  return vsg_read_fail(r, err, "%zu bytes are left after the last tensor",
                       size - end);
}

static vsg_status read_metadata(vsg_weights *out, const vsg_reader *r,
                                json_t *notes, vsg_error *err) {
  const char *key;
  json_t *value;
  if (!json_is_object(notes)) {
    return vsg_read_fail(r, err, "%s is no object", metadata);
  }
  json_object_foreach(notes, key, value) {
    if (!json_is_string(value)) {
      return vsg_read_fail(r, err, "%s: '%.80s' is no text", metadata, key);
    }
    if (vsg_weights_note(out, r, key, strlen(key), json_string_value(value),
                         json_string_length(value), err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* entries and spans have room for the header's members; *count of them are
 * tensors. r stands at the first element and is left there. */
static vsg_status read_entries(vsg_weights *out, entry *entries, span *spans,
                               size_t *count, const vsg_reader *r,
                               json_t *header, vsg_error *err) {
  size_t size = r->size - r->at;
  const char *name;
  json_t *value;
  *count = 0;
  json_object_foreach(header, name, value) {
    if (strcmp(name, metadata) == 0) {
      if (read_metadata(out, r, value, err)) return err->code;
      continue;
    }
    if (read_entry(&entries[*count], name, value, size, r, err)) {
      return err->code;
    }
    spans[*count] = entries[*count].bytes;
    ++*count;
  }
  return check_spans(spans, *count, size, r, err);
}

static vsg_status add_tensor(vsg_weights *out, const entry *e,
                             const vsg_reader *r, vsg_error *err) {
  const unsigned char *data = r->data + r->at + e->bytes.begin;
  vsg_tensor *t;
  if (vsg_tensor_new(&t, e->type->dtype, e->dims, e->shape, err)) {
    return err->code;
  }
  if (vsg_element_fill(t, e->type, false, data, err)) {
    vsg_tensor_free(t);
    return err->code;
  }
  return vsg_weights_add(out, r, e->name, strlen(e->name), t, err);
}

static vsg_status read_tensors(vsg_weights *out, const vsg_reader *r,
                               json_t *header, vsg_error *err) {
  size_t room = json_object_size(header) + 1, count;
  entry *entries = reallocarray(NULL, room, sizeof *entries);
  span *spans = reallocarray(NULL, room, sizeof *spans);
  vsg_status status;
  if (entries && spans) {
    status = read_entries(out, entries, spans, &count, r, header, err);
    for (size_t i = 0; !status && i < count; i++) {
      status = add_tensor(out, &entries[i], r, err);
    }
  } else {
    status = vsg_fail_memory(err, r->name, room * sizeof *entries);
  }
  free(entries);
  free(spans);
  return status;
}

/* ---- the loader ---- */

/* A cut file is one too, so that the error is about the cut. */
static bool sniff(const unsigned char *data, size_t size) {
  uint64_t length;
  if (size <= PREFIX || data[PREFIX] != '{') return false;
  memcpy(&length, data, sizeof length);
  return length <= HEADER_MOST;
}

static vsg_status read_safetensors(vsg_weights *out, vsg_reader *r,
                                   vsg_error *err) {
  const unsigned char *text;
  uint64_t length;
  json_error_t fault;
  json_t *header;
  vsg_status status;
  if (vsg_read_u64(&length, r, err)) return err->code;
  if (vsg_read_bytes(&text, r, length, err)) return err->code;
  /* Text is bytes here. */
  header =
      json_loadb((const char *)text, length, JSON_REJECT_DUPLICATES, &fault);
  if (!header && fault.text[0] == '\0') { /* jansson has no word for that */
    return vsg_fail_memory(err, r->name, length);
  }
  if (!header || !json_is_object(header)) {
    r->at = PREFIX + (header ? 0 : (size_t)fault.position);
    json_decref(header);
    return vsg_read_fail(r, err, "header: %.120s",
                         header ? "no object" : fault.text);
  }
  status = read_tensors(out, r, header, err);
  json_decref(header);
  return status;
}

const vsg_loader vsg_loader_safetensors = {"safetensors", sniff,
                                           read_safetensors};
