/* HDF5: types, shapes and attributes of strings; see h5.h and h5_format.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/loader/h5_format.h"

/* Of strings, in all; and no more than the file has: strings of variable length
 * could share their bytes, but writers keep each for itself. */
enum { STRINGS_MOST_MIB = 64 };

/* ---- dataspace and datatype, sections IV.A.2.b and d ---- */

vsg_status vsg_h5_read_space(vsg_h5_space *out, vsg_reader *r, vsg_error *err) {
  uint8_t version, dims, flags, kind = 1;
  *out = (vsg_h5_space){.count = 1};
  if (vsg_read_u8(&version, r, err) || vsg_read_u8(&dims, r, err) ||
      vsg_read_u8(&flags, r, err)) {
    return err->code;
  }
  if (version == 2 ? vsg_read_u8(&kind, r, err) : vsg_h5_skip(r, 5, err)) {
    return err->code;
  }
  if (version < 1 || version > 2) {
    return vsg_read_fail(r, err, "hdf5: a dataspace of version %d", version);
  }
  if (dims > VSG_MAX_DIMS) return vsg_h5_refuse(r, "over 8 axes", err);
  out->dims = dims;
  for (int i = 0; i < dims; i++) {
    uint64_t size;
    if (vsg_read_u64(&size, r, err)) return err->code;
    if (size > PTRDIFF_MAX || !vsg_size_mul(&out->count, out->count, size)) {
      return vsg_read_fail(r, err, "hdf5: an impossible shape");
    }
    out->shape[i] = (long)size;
  }
  if (kind == 2) *out = (vsg_h5_space){.dims = 1}; /* a null dataspace: {0} */
  return VSG_OK;
}

vsg_status vsg_h5_read_type(vsg_h5_datatype *out, vsg_reader *r,
                            vsg_error *err) {
  uint32_t head;
  if (vsg_read_u32(&head, r, err)) return err->code;
  if (vsg_read_u32(&out->size, r, err)) return err->code;
  out->class = head & 0x0f; /* bits 4 to 7 are the version */
  out->bits = head >> 8;
  return VSG_OK;
}

/* ---- the global heap, section III.E ---- */

/* Finds object index of the collection at address: *out reads its bytes. */
static vsg_status find_heap_object(vsg_reader *out, vsg_h5 *h5,
                                   uint64_t address, uint32_t index,
                                   vsg_error *err) {
  uint64_t size;
  vsg_reader r, start;
  if (vsg_h5_at(&r, h5, address, err)) return err->code;
  start = r;
  if (vsg_h5_mark(&r, "GCOL", err) || vsg_h5_skip(&r, 4, err) ||
      vsg_read_u64(&size, &r, err) || vsg_h5_part(&r, &start, size, err) ||
      vsg_h5_skip(&r, 16, err)) {
    return err->code;
  }
  for (;;) {
    uint16_t came;
    uint64_t length;
    if (vsg_h5_step(h5, &r, err) || vsg_read_u16(&came, &r, err) ||
        vsg_h5_skip(&r, 6, err) || vsg_read_u64(&length, &r, err)) {
      return err->code;
    }
    if (came == 0) { /* free space, which is last */
      return vsg_read_fail(&r, err, "hdf5: no object %u in the heap", index);
    }
    if (vsg_h5_part(out, &r, length, err)) return err->code;
    if (came == index) return VSG_OK;
    if (vsg_h5_skip(&r, (8 - length % 8) % 8, err)) return err->code;
  }
}

/* ---- attributes, section IV.A.2.m ---- */

typedef struct wanted {
  vsg_h5_strings *out; /* NULL: only to see whether it is there */
  const char *name;
  bool found;
  bool dense; /* there are attributes outside of the object header */
} wanted;

/* Appends up to the first zero byte of the length bytes that r has at its
 * offset, or all of them. */
static vsg_status append(vsg_h5_strings *out, vsg_h5 *h5, const vsg_reader *r,
                         size_t length, vsg_error *err) {
  const unsigned char *text = r->data + r->at;
  size_t most = (size_t)STRINGS_MOST_MIB << 20;
  if (most > h5->file.size) most = h5->file.size;
  if (length > most - h5->copied) {
    return vsg_read_fail(r, err, "hdf5: strings of over %zu bytes in all",
                         most);
  }
  h5->copied += length;
  char *copy = strndup((const char *)text, length); /* text is bytes here */
  char **moved = reallocarray(out->items, out->count + 1, sizeof *moved);
  if (moved) out->items = moved;
  if (!moved || !copy) {
    free(copy);
    return vsg_fail_memory(err, "hdf5", length);
  }
  out->items[out->count++] = copy;
  return VSG_OK;
}

static vsg_status read_fixed(vsg_h5_strings *out, vsg_h5 *h5, vsg_reader *data,
                             uint32_t size, size_t count, vsg_error *err) {
  for (size_t i = 0; i < count; i++) {
    vsg_reader text;
    if (vsg_h5_step(h5, data, err) || vsg_h5_part(&text, data, size, err) ||
        append(out, h5, &text, size, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status read_variable(vsg_h5_strings *out, vsg_h5 *h5,
                                vsg_reader *data, size_t count,
                                vsg_error *err) {
  for (size_t i = 0; i < count; i++) {
    uint32_t length, index;
    uint64_t address;
    vsg_reader object;
    if (vsg_read_u32(&length, data, err) || vsg_read_u64(&address, data, err) ||
        vsg_read_u32(&index, data, err) ||
        find_heap_object(&object, h5, address, index, err)) {
      return err->code;
    }
    if (length > object.size - object.at) {
      return vsg_read_fail(&object, err, "hdf5: a string of %u bytes in %zu",
                           length, object.size - object.at);
    }
    if (append(out, h5, &object, length, err)) return err->code;
  }
  return VSG_OK;
}

/* The parts of an attribute message; version 1 pads them to 8 bytes. */
static vsg_status split(vsg_reader parts[3], vsg_reader *body, vsg_error *err) {
  uint8_t version, flags;
  uint16_t sizes[3]; /* of name, datatype, dataspace */
  if (vsg_read_u8(&version, body, err) || vsg_read_u8(&flags, body, err)) {
    return err->code;
  }
  for (int i = 0; i < 3; i++) {
    if (vsg_read_u16(&sizes[i], body, err)) return err->code;
  }
  if (version < 1 || version > 3) {
    return vsg_read_fail(body, err, "hdf5: an attribute of version %d",
                         version);
  }
  if (version > 1 && flags) {
    return vsg_h5_refuse(body, "an attribute of a shared type", err);
  }
  if (version == 3 && vsg_h5_skip(body, 1, err)) return err->code;
  for (int i = 0; i < 3; i++) {
    size_t padding = version == 1 ? (8 - sizes[i] % 8) % 8 : 0;
    if (vsg_h5_part(&parts[i], body, sizes[i], err)) return err->code;
    if (vsg_h5_skip(body, padding, err)) return err->code;
  }
  return VSG_OK;
}

/* The attribute info message, section IV.A.2.v. */
static vsg_status read_attribute_info(wanted *w, vsg_reader *body,
                                      vsg_error *err) {
  uint8_t flags;
  uint64_t heap;
  if (vsg_h5_skip(body, 1, err) || vsg_read_u8(&flags, body, err) ||
      vsg_h5_skip(body, flags & 1 ? 2 : 0, err) ||
      vsg_read_u64(&heap, body, err)) {
    return err->code;
  }
  w->dense = heap != VSG_H5_UNDEFINED;
  return VSG_OK;
}

static vsg_status visit_attribute(void *context, vsg_h5 *h5, int type,
                                  vsg_reader *body, vsg_error *err) {
  wanted *w = context;
  size_t length = strlen(w->name);
  vsg_reader parts[3];
  vsg_h5_datatype element;
  vsg_h5_space space;
  if (type == VSG_H5_ATTRIBUTE_INFO) return read_attribute_info(w, body, err);
  if (type != VSG_H5_ATTRIBUTE || w->found) return VSG_OK;
  if (split(parts, body, err)) return err->code;
  /* The name is there with its zero byte. */
  if (parts[0].size - parts[0].at != length + 1 ||
      memcmp(parts[0].data + parts[0].at, w->name, length) != 0) {
    return VSG_OK;
  }
  w->found = true;
  if (!w->out) return VSG_OK;
  if (vsg_h5_read_type(&element, &parts[1], err) ||
      vsg_h5_read_space(&space, &parts[2], err)) {
    return err->code;
  }
  if (space.count == 0) return VSG_OK; /* Python's [] is an array of floats */
  if (element.class == VSG_H5_STRING) {
    return read_fixed(w->out, h5, body, element.size, space.count, err);
  }
  if (element.class == VSG_H5_VARIABLE && (element.bits & 0x0f) == 1) {
    return read_variable(w->out, h5, body, space.count, err);
  }
  return vsg_read_fail(body, err, "hdf5: attribute %s holds no strings",
                       w->name);
}

vsg_status vsg_h5_strings_of(vsg_h5_strings *out, bool *found, vsg_h5 *h5,
                             uint64_t object, const char *name,
                             vsg_error *err) {
  wanted w = {.out = out, .name = name};
  if (vsg_h5_messages(h5, object, visit_attribute, &w, err)) return err->code;
  if (w.dense && !w.found) {
    return vsg_h5_refuse(&h5->file,
                         "attributes that are stored densely (over 8 with "
                         "libver='latest'; save with h5py's defaults)",
                         err);
  }
  *found = w.found;
  return VSG_OK;
}

vsg_status vsg_h5_has_attribute(bool *found, vsg_h5 *h5, uint64_t object,
                                const char *name, vsg_error *err) {
  return vsg_h5_strings_of(NULL, found, h5, object, name, err);
}

vsg_status vsg_h5_read_strings(vsg_h5_strings *out, bool *found, vsg_h5 *h5,
                               const char *path, const char *name,
                               vsg_error *err) {
  uint64_t address;
  vsg_status status = vsg_h5_find(&address, found, h5, path, err);
  if (!status && !*found) {
    status = vsg_read_fail(&h5->file, err, "hdf5: no such object");
  }
  if (!status) status = vsg_h5_strings_of(out, found, h5, address, name, err);
  return status ? vsg_h5_blame(path, err) : VSG_OK;
}

void vsg_h5_strings_free(vsg_h5_strings *strings) {
  for (size_t i = 0; i < strings->count; i++) free(strings->items[i]);
  free(strings->items);
  *strings = (vsg_h5_strings){NULL, 0};
}
