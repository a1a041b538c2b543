/* HDF5: datasets; see h5.h and h5_format.h. Layouts are section IV.A.2.i of the
 * specification, filters IV.A.2.l; chunks are read in h5_chunks.c. */
#include <string.h>

#include "core/base/size.h"
#include "core/loader/h5_format.h"

/* ---- the messages of a dataset ---- */

/* Where the exponent and the mantissa lie, and their widths, are as IEEE has
 * them for floats of 2, 4 or 8 bytes. */
static vsg_status check_float(uint32_t size, vsg_reader *r, vsg_error *err) {
  static const unsigned char half[] = {10, 5, 0, 10}, single[] = {23, 8, 0, 23},
                             twice[] = {52, 11, 0, 52};
  const unsigned char *came, *wanted = size == 2   ? half
                                       : size == 4 ? single
                                                   : twice;
  if (vsg_read_bytes(&came, r, sizeof half, err)) return err->code;
  if (memcmp(came, wanted, sizeof half) == 0) return VSG_OK;
  return vsg_h5_refuse(r, "floats other than IEEE's", err);
}

/* Floats must be IEEE's, integers whole: no offset, no padding. Of two types in
 * one header the second counts, alone. */
static vsg_status read_type(vsg_h5_dataset *d, vsg_reader *r, vsg_error *err) {
  static const char *const floats[] = {[2] = "f2", [4] = "f4", [8] = "f8"};
  static const char *const naturals[] = {[1] = "u1", [2] = "u2", [4] = "u4"};
  static const char *const integers[] = {
      [1] = "i1", [2] = "i2", [4] = "i4", [8] = "i8"};
  const uint32_t is_signed = 1 << 3;
  vsg_h5_datatype t;
  uint16_t offset, precision;
  const char *name = NULL;
  if (vsg_h5_read_type(&t, r, err)) return err->code;
  d->references = t.class == VSG_H5_REFERENCE && t.size == 8 && t.bits == 0;
  if (t.class == VSG_H5_FLOAT && t.size < 9) {
    name = floats[t.size];
  } else if (d->references) {
    d->type = vsg_element_find("i8"); /* the type has no properties */
    d->swap = false;
    return VSG_OK;
  } else if (t.class == VSG_H5_INTEGER && t.bits & is_signed) {
    name = t.size < 9 ? integers[t.size] : NULL;
  } else if (t.class == VSG_H5_INTEGER) {
    name = t.size < 5 ? naturals[t.size] : NULL;
  }
  if (!name) return vsg_h5_refuse(r, "a type that has no dtype", err);
  if (vsg_read_u16(&offset, r, err) || vsg_read_u16(&precision, r, err)) {
    return err->code;
  }
  if (offset != 0 || precision != 8 * t.size) {
    return vsg_h5_refuse(r, "numbers padded with bits", err);
  }
  if (t.class == VSG_H5_FLOAT && check_float(t.size, r, err)) return err->code;
  d->type = vsg_element_find(name);
  d->swap = t.bits & 1;
  return VSG_OK;
}

static vsg_status read_chunk_shape(vsg_h5_dataset *d, int dims, vsg_reader *r,
                                   vsg_error *err) {
  uint32_t size;
  size_t bytes = 1;
  if (vsg_read_u64(&d->address, r, err)) return err->code;
  d->chunk_dims = dims - 1; /* the last size is that of an element */
  if (dims < 1 || d->chunk_dims > VSG_MAX_DIMS) {
    return vsg_read_fail(r, err, "hdf5: chunks of %d axes", d->chunk_dims);
  }
  for (int i = 0; i < dims; i++) {
    if (vsg_read_u32(&size, r, err)) return err->code;
    if (size == 0 || !vsg_size_mul(&bytes, bytes, size)) {
      return vsg_read_fail(r, err, "hdf5: an impossible chunk");
    }
    if (i < d->chunk_dims) d->chunk[i] = size;
  }
  d->chunk_bytes = bytes;
  return VSG_OK;
}

/* Versions 1 and 2, of HDF5 up to 1.6.2 and MATLAB's first 7.3 files. */
static vsg_status read_old_layout(vsg_h5_dataset *d, vsg_reader *r,
                                  vsg_error *err) {
  uint8_t dims, layout;
  uint32_t size;
  if (vsg_read_u8(&dims, r, err) || vsg_read_u8(&layout, r, err) ||
      vsg_h5_skip(r, 5, err)) {
    return err->code;
  }
  d->layout = layout;
  switch (layout) {
    case VSG_H5_COMPACT:
      if (vsg_h5_skip(r, 4 * (size_t)dims, err) ||
          vsg_read_u32(&size, r, err)) {
        return err->code;
      }
      return vsg_h5_part(&d->compact, r, size, err);
    case VSG_H5_CONTIGUOUS: /* its size is not stored */
      d->stored = VSG_H5_UNDEFINED;
      return vsg_read_u64(&d->address, r, err);
    case VSG_H5_CHUNKED:
      return read_chunk_shape(d, dims, r, err);
    default:
      return vsg_read_fail(r, err, "hdf5: a layout of class %d", layout);
  }
}

static vsg_status read_layout(vsg_h5_dataset *d, vsg_reader *r,
                              vsg_error *err) {
  uint8_t version, layout, dims;
  uint16_t size;
  if (vsg_read_u8(&version, r, err)) return err->code;
  if (version == 1 || version == 2) return read_old_layout(d, r, err);
  if (vsg_read_u8(&layout, r, err)) return err->code;
  if (version > 3 && layout == VSG_H5_CHUNKED) {
    return vsg_h5_refuse(r,
                         "chunks indexed as by HDF5 1.10 or later (save with "
                         "h5py's defaults)",
                         err);
  }
  if (version < 3 || version > 4 || layout > VSG_H5_CHUNKED) {
    return vsg_h5_refuse(r,
                         "a layout other than compact, contiguous or chunked "
                         "of version 1 to 4",
                         err);
  }
  d->layout = layout;
  switch (layout) {
    case VSG_H5_COMPACT:
      if (vsg_read_u16(&size, r, err)) return err->code;
      return vsg_h5_part(&d->compact, r, size, err);
    case VSG_H5_CONTIGUOUS:
      if (vsg_read_u64(&d->address, r, err)) return err->code;
      return vsg_read_u64(&d->stored, r, err);
    default:
      if (vsg_read_u8(&dims, r, err)) return err->code;
      return read_chunk_shape(d, dims, r, err);
  }
}

static vsg_status read_filter(vsg_h5_dataset *d, uint8_t version, vsg_reader *r,
                              vsg_error *err) {
  uint16_t id, name = 0, flags, values;
  if (vsg_read_u16(&id, r, err)) return err->code;
  if (id < VSG_H5_DEFLATE || id > VSG_H5_FLETCHER32) {
    return vsg_h5_refuse(r,
                         "a filter other than deflate, shuffle and "
                         "fletcher32",
                         err);
  }
  /* Version 2 leaves out the names of these, and the padding. */
  if ((version == 1 && vsg_read_u16(&name, r, err)) ||
      vsg_read_u16(&flags, r, err) || vsg_read_u16(&values, r, err) ||
      vsg_h5_skip(r, (size_t)(name + 7) / 8 * 8, err) ||
      vsg_h5_skip(r, 4 * ((size_t)values + (version == 1 && values % 2)),
                  err)) {
    return err->code;
  }
  for (int i = 0; i < d->filter_count; i++) {
    if (d->filters[i] == id) {
      return vsg_read_fail(r, err, "hdf5: filter %d comes twice", id);
    }
  }
  d->filters[d->filter_count++] = id;
  return VSG_OK;
}

static vsg_status read_filters(vsg_h5_dataset *d, vsg_reader *r,
                               vsg_error *err) {
  uint8_t version, count;
  if (vsg_read_u8(&version, r, err) || vsg_read_u8(&count, r, err)) {
    return err->code;
  }
  if (version < 1 || version > 2) {
    return vsg_read_fail(r, err, "hdf5: filters of version %d", version);
  }
  if (version == 1 && vsg_h5_skip(r, 6, err)) return err->code;
  d->filter_count = 0;
  for (int i = 0; i < count; i++) {
    if (read_filter(d, version, r, err)) return err->code;
  }
  return VSG_OK;
}

static vsg_status visit_dataset(void *context, vsg_h5 *h5, int type,
                                vsg_reader *body, vsg_error *err) {
  vsg_h5_dataset *d = context;
  (void)h5;
  switch (type) {
    case VSG_H5_SPACE:
      return vsg_h5_read_space(&d->space, body, err);
    case VSG_H5_DATATYPE:
      return read_type(d, body, err);
    case VSG_H5_LAYOUT:
      return read_layout(d, body, err);
    case VSG_H5_FILTERS:
      return read_filters(d, body, err);
    case VSG_H5_EXTERNAL:
      return vsg_h5_refuse(body, "data that lie in another file", err);
    default:
      return VSG_OK;
  }
}

/* ---- the dataset ---- */

/* Compact and contiguous data lie in one piece. */
static vsg_status read_whole(vsg_tensor **out, const vsg_h5_dataset *d,
                             size_t bytes, vsg_h5 *h5, vsg_error *err) {
  vsg_reader r = d->compact;
  const unsigned char *data;
  if (d->layout == VSG_H5_CONTIGUOUS) {
    bool is_told = d->stored != VSG_H5_UNDEFINED;
    if (d->address == VSG_H5_UNDEFINED || (is_told && d->stored != bytes)) {
      return vsg_read_fail(
          &h5->file, err, "hdf5: %llu bytes are stored, %zu wanted",
          d->address == VSG_H5_UNDEFINED ? 0 : (unsigned long long)d->stored,
          bytes);
    }
    if (vsg_h5_at(&r, h5, d->address, err)) return err->code;
  }
  if (vsg_read_bytes(&data, &r, bytes, err)) return err->code;
  if (vsg_h5_take(h5, &r, bytes, err)) return err->code;
  if (vsg_tensor_new(out, d->type->dtype, d->space.dims, d->space.shape, err)) {
    return err->code;
  }
  return vsg_element_fill(*out, d->type, d->swap, data, err);
}

static vsg_status read_data(vsg_tensor **out, const vsg_h5_dataset *d,
                            vsg_h5 *h5, vsg_error *err) {
  size_t bytes;
  if (!d->type || d->layout == VSG_H5_NO_LAYOUT) {
    return vsg_read_fail(&h5->file, err, "hdf5: no dataset of numbers");
  }
  if (!vsg_size_mul(&bytes, d->space.count, d->type->bytes)) {
    return vsg_read_fail(&h5->file, err, "hdf5: an impossible shape");
  }
  if (bytes == 0) {
    return vsg_tensor_new(out, d->type->dtype, d->space.dims, d->space.shape,
                          err);
  }
  if (d->layout == VSG_H5_CHUNKED) {
    if (d->chunk_bytes % d->type->bytes != 0) {
      return vsg_read_fail(&h5->file, err, "hdf5: an impossible chunk");
    }
    return vsg_h5_read_chunked(out, d, h5, err);
  }
  return read_whole(out, d, bytes, h5, err);
}

vsg_status vsg_h5_dataset_of(vsg_tensor **out, bool *references, vsg_h5 *h5,
                             uint64_t object, vsg_error *err) {
  vsg_h5_dataset d = {.layout = VSG_H5_NO_LAYOUT, .space = {.count = 1}};
  vsg_status status = vsg_h5_messages(h5, object, visit_dataset, &d, err);
  *out = NULL;
  *references = d.references;
  if (!status) status = read_data(out, &d, h5, err);
  if (!status) return VSG_OK;
  vsg_tensor_free(*out);
  *out = NULL;
  return status;
}

vsg_status vsg_h5_read_dataset(vsg_tensor **out, vsg_h5 *h5, const char *path,
                               vsg_error *err) {
  uint64_t address;
  bool found, references = false;
  vsg_status status = vsg_h5_find(&address, &found, h5, path, err);
  *out = NULL;
  if (!status && !found) {
    status = vsg_read_fail(&h5->file, err, "hdf5: no such object");
  }
  if (!status) status = vsg_h5_dataset_of(out, &references, h5, address, err);
  if (!status && references) {
    vsg_tensor_free(*out);
    *out = NULL;
    status = vsg_h5_refuse(&h5->file, "references to objects", err);
  }
  return status ? vsg_h5_blame(path, err) : VSG_OK;
}
