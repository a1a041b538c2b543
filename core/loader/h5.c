/* HDF5 files in memory; see h5.h. Written against libhdf5 1.10, serial. */
#include "core/loader/h5.h"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"

enum {
  DEFLATE_MOST = 1032, /* bytes that one deflated byte can become */
  FILTERS_MOST = 3,    /* shuffle, deflate, checksum */
};

/* ---- errors ---- */

/* Keeps the first, most specific text of libhdf5's stack. */
static herr_t first_error(unsigned n, const H5E_error2_t *error, void *text) {
  const char **out = text;
  if (n == 0 && error->desc) *out = error->desc;
  return 0;
}

static vsg_status fail(const vsg_h5 *h5, const char *path, const char *what,
                       vsg_error *err) {
  const char *why = "";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_error, &why);
  return vsg_fail(err, VSG_FORMAT, "%s: '%.200s': %s%s%s", h5->name, path, what,
                  *why ? ": " : "", why);
}

static vsg_status refuse(const vsg_h5 *h5, const char *path, const char *what,
                         vsg_error *err) {
  return vsg_fail(err, VSG_UNSUPPORTED, "%s: '%.200s': %s", h5->name, path,
                  what);
}

/* ---- files ---- */

/* A link to another file is not followed. */
static herr_t no_links(const char *parent, const char *group, const char *file,
                       const char *object, unsigned *flags, hid_t access,
                       void *data) {
  (void)parent;
  (void)group;
  (void)file;
  (void)object;
  (void)flags;
  (void)access;
  (void)data;
  return -1;
}

vsg_status vsg_h5_open(vsg_h5 *out, const vsg_reader *r, vsg_error *err) {
  /* The bytes are neither copied, nor written, nor freed; libhdf5 takes a
   * pointer without const all the same. */
  const unsigned how = H5LT_FILE_IMAGE_DONT_COPY | H5LT_FILE_IMAGE_DONT_RELEASE;
  *out = (vsg_h5){.name = r->name, .size = r->size};
  /* libhdf5 prints its errors unless told not to, and loads any filter that a
   * file asks for from a folder of plugins. */
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  out->file = H5LTopen_file_image((void *)r->data, r->size, how);
  if (out->file < 0) return fail(out, "/", "no readable HDF5 file", err);
  out->group_access = H5Pcreate(H5P_GROUP_ACCESS);
  out->dataset_access = H5Pcreate(H5P_DATASET_ACCESS);
  if (H5Pset_elink_cb(out->group_access, no_links, NULL) < 0 ||
      H5Pset_elink_cb(out->dataset_access, no_links, NULL) < 0) {
    vsg_h5_close(out);
    return vsg_fail_memory(err, out->name, sizeof *out);
  }
  return VSG_OK;
}

void vsg_h5_close(vsg_h5 *h5) {
  H5Pclose(h5->group_access);
  H5Pclose(h5->dataset_access);
  H5Fclose(h5->file);
}

bool vsg_h5_has_group(const vsg_h5 *h5, const char *path) {
  hid_t group;
  if (H5Lexists(h5->file, path, h5->group_access) <= 0) return false;
  group = H5Gopen2(h5->file, path, h5->group_access);
  if (group < 0) return false;
  H5Gclose(group);
  return true;
}

bool vsg_h5_has_attribute(const vsg_h5 *h5, const char *path,
                          const char *name) {
  return H5Aexists_by_name(h5->file, path, name, h5->group_access) > 0;
}

/* ---- attributes ---- */

/* An open attribute of strings. */
typedef struct attribute {
  hid_t id, space, file_type, type;
  size_t count, bytes; /* elements, and bytes of one in memory */
} attribute;

static void close_attribute(attribute *a) {
  if (a->type >= 0) H5Tclose(a->type);
  if (a->file_type >= 0) H5Tclose(a->file_type);
  if (a->space >= 0) H5Sclose(a->space);
  if (a->id >= 0) H5Aclose(a->id);
}

static vsg_status open_attribute(attribute *a, const vsg_h5 *h5,
                                 const char *path, const char *name,
                                 vsg_error *err) {
  hssize_t count;
  size_t total;
  *a = (attribute){-1, -1, -1, -1, 0, 0};
  a->id = H5Aopen_by_name(h5->file, path, name, H5P_DEFAULT, h5->group_access);
  if (a->id < 0) return fail(h5, path, name, err);
  a->space = H5Aget_space(a->id);
  a->file_type = H5Aget_type(a->id);
  count = H5Sget_simple_extent_npoints(a->space);
  if (a->file_type < 0 || count < 0) return fail(h5, path, name, err);
  if (count == 0) return VSG_OK; /* Python's [] has numpy's type of no string */
  a->type = H5Tget_native_type(a->file_type, H5T_DIR_ASCEND);
  if (a->type < 0 || H5Tget_class(a->type) != H5T_STRING) {
    return fail(h5, path, "an attribute that should hold strings", err);
  }
  a->count = (size_t)count;
  a->bytes = H5Tget_size(a->type);
  /* Before libhdf5 allocates what the file says. */
  if (!vsg_size_mul(&total, a->count, a->bytes) ||
      total / DEFLATE_MOST > h5->size) {
    return fail(h5, path, "an attribute larger than the file", err);
  }
  return VSG_OK;
}

/* Takes text, on failure too. */
static vsg_status append(vsg_h5_strings *out, char *text, vsg_error *err) {
  char **moved = reallocarray(out->items, out->count + 1, sizeof *moved);
  if (moved) out->items = moved;
  if (!moved || !text) {
    free(text);
    return vsg_fail_memory(err, "h5", (out->count + 1) * sizeof *moved);
  }
  out->items[out->count++] = text;
  return VSG_OK;
}

static vsg_status read_variable(vsg_h5_strings *out, const attribute *a,
                                const vsg_h5 *h5, const char *path,
                                vsg_error *err) {
  char **texts = calloc(a->count, sizeof *texts);
  vsg_status status = VSG_OK;
  if (!texts) return vsg_fail_memory(err, h5->name, a->count * sizeof *texts);
  if (H5Aread(a->id, a->type, texts) < 0) {
    free(texts);
    return fail(h5, path, "strings of an attribute", err);
  }
  for (size_t i = 0; i < a->count && !status; i++) {
    status = append(out, strdup(texts[i] ? texts[i] : ""), err);
  }
  H5Dvlen_reclaim(a->type, a->space, H5P_DEFAULT, texts);
  free(texts);
  return status;
}

static vsg_status read_fixed(vsg_h5_strings *out, const attribute *a,
                             const vsg_h5 *h5, const char *path,
                             vsg_error *err) {
  char *texts = calloc(a->count, a->bytes);
  vsg_status status = VSG_OK;
  if (!texts) return vsg_fail_memory(err, h5->name, a->count * a->bytes);
  if (H5Aread(a->id, a->type, texts) < 0) {
    status = fail(h5, path, "strings of an attribute", err);
  }
  for (size_t i = 0; i < a->count && !status; i++) {
    status = append(out, strndup(texts + i * a->bytes, a->bytes), err);
  }
  free(texts);
  return status;
}

vsg_status vsg_h5_read_strings(vsg_h5_strings *out, const vsg_h5 *h5,
                               const char *path, const char *name,
                               vsg_error *err) {
  attribute a;
  vsg_status status = open_attribute(&a, h5, path, name, err);
  if (!status && a.count > 0) {
    status = H5Tis_variable_str(a.type) > 0
                 ? read_variable(out, &a, h5, path, err)
                 : read_fixed(out, &a, h5, path, err);
  }
  close_attribute(&a);
  return status;
}

void vsg_h5_strings_free(vsg_h5_strings *strings) {
  for (size_t i = 0; i < strings->count; i++) free(strings->items[i]);
  free(strings->items);
  *strings = (vsg_h5_strings){NULL, 0};
}

/* ---- datasets ---- */

typedef struct dataset {
  hid_t id, space, type, create;
  const char *path;
} dataset;

static void close_dataset(dataset *d) {
  if (d->create >= 0) H5Pclose(d->create);
  if (d->type >= 0) H5Tclose(d->type);
  if (d->space >= 0) H5Sclose(d->space);
  if (d->id >= 0) H5Dclose(d->id);
}

static vsg_status open_dataset(dataset *d, const vsg_h5 *h5, const char *path,
                               vsg_error *err) {
  *d = (dataset){-1, -1, -1, -1, path};
  d->id = H5Dopen2(h5->file, path, h5->dataset_access);
  if (d->id < 0) return fail(h5, path, "no such dataset", err);
  d->create = H5Dget_create_plist(d->id);
  d->space = H5Dget_space(d->id);
  d->type = H5Dget_type(d->id);
  if (d->create < 0 || d->space < 0 || d->type < 0) {
    return fail(h5, path, "a broken dataset", err);
  }
  return VSG_OK;
}

/* The data lie in this file, behind filters that are known, each but once.
 * *ratio is how much longer than stored they can be. */
static vsg_status check_storage(size_t *ratio, const dataset *d,
                                const vsg_h5 *h5, vsg_error *err) {
  int filters = H5Pget_nfilters(d->create);
  unsigned seen = 0, flags, settings;
  H5D_layout_t layout = H5Pget_layout(d->create);
  *ratio = 1;
  if (layout == H5D_VIRTUAL || H5Pget_external_count(d->create) != 0) {
    return refuse(h5, d->path, "data that lie in another file", err);
  }
  if (filters < 0 || filters > FILTERS_MOST) {
    return fail(h5, d->path, "too many filters", err);
  }
  for (unsigned i = 0; i < (unsigned)filters; i++) {
    size_t values = 0;
    H5Z_filter_t filter =
        H5Pget_filter2(d->create, i, &flags, &values, NULL, 0, NULL, &settings);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
        filter != H5Z_FILTER_FLETCHER32) {
      return refuse(h5, d->path, "a filter other than deflate and shuffle",
                    err);
    }
    if (seen & 1u << filter) return fail(h5, d->path, "a filter twice", err);
    seen |= 1u << filter;
    if (filter == H5Z_FILTER_DEFLATE) *ratio = DEFLATE_MOST;
  }
  return VSG_OK;
}

static vsg_status read_shape(int *dims, long shape[VSG_MAX_DIMS],
                             const dataset *d, const vsg_h5 *h5,
                             vsg_error *err) {
  hsize_t sizes[H5S_MAX_RANK];
  *dims = H5Sget_simple_extent_ndims(d->space);
  if (*dims < 0) return fail(h5, d->path, "a dataset without a shape", err);
  if (*dims > VSG_MAX_DIMS) {
    return refuse(h5, d->path, "a dataset of over 8 axes", err);
  }
  if (H5Sget_simple_extent_dims(d->space, sizes, NULL) < 0) {
    return fail(h5, d->path, "a dataset without a shape", err);
  }
  for (int i = 0; i < *dims; i++) {
    if (sizes[i] > PTRDIFF_MAX) {
      return fail(h5, d->path, "a dataset of an impossible shape", err);
    }
    shape[i] = (long)sizes[i];
  }
  return VSG_OK;
}

/* IEEE half precision, which libhdf5 1.10 has no name for: sign, five bits of
 * exponent, ten of mantissa. */
static hid_t half_type(void) {
  hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_ebias(type, 15);
  H5Tset_size(type, 2);
  return type;
}

/* The tensor's dtype and the type in memory, which the caller closes. */
static vsg_status choose_type(vsg_dtype *dtype, hid_t *memory, const dataset *d,
                              const vsg_h5 *h5, vsg_error *err) {
  const struct {
    hid_t little, big, memory;
    vsg_dtype dtype;
  } types[] = {
      {H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, VSG_f32},
      {H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, VSG_f64},
      {H5T_STD_U8LE, H5T_STD_U8BE, H5T_NATIVE_UINT8, VSG_u8},
      {H5T_STD_I8LE, H5T_STD_I8BE, H5T_NATIVE_INT32, VSG_i32},
      {H5T_STD_I16LE, H5T_STD_I16BE, H5T_NATIVE_INT32, VSG_i32},
      {H5T_STD_U16LE, H5T_STD_U16BE, H5T_NATIVE_INT32, VSG_i32},
      {H5T_STD_I32LE, H5T_STD_I32BE, H5T_NATIVE_INT32, VSG_i32},
      {H5T_STD_U32LE, H5T_STD_U32BE, H5T_NATIVE_INT64, VSG_i64},
      {H5T_STD_I64LE, H5T_STD_I64BE, H5T_NATIVE_INT64, VSG_i64},
  };
  hid_t half = half_type();
  if (H5Tequal(d->type, half) > 0) {
    *dtype = VSG_f16;
    *memory = half;
    return VSG_OK;
  }
  H5Tclose(half);
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (H5Tequal(d->type, types[i].little) > 0 ||
        H5Tequal(d->type, types[i].big) > 0) {
      *dtype = types[i].dtype;
      *memory = H5Tcopy(types[i].memory);
      return VSG_OK;
    }
  }
  return refuse(h5, d->path, "a dataset of a type that has no dtype", err);
}

/* Before any memory is asked for: the elements against the stored bytes. */
static vsg_status check_bytes(const dataset *d, size_t ratio, int dims,
                              const long *shape, const vsg_h5 *h5,
                              vsg_error *err) {
  size_t stored = (size_t)H5Dget_storage_size(d->id);
  size_t bytes = H5Tget_size(d->type);
  for (int i = 0; i < dims; i++) {
    if (!vsg_size_mul(&bytes, bytes, (size_t)shape[i])) {
      return fail(h5, d->path, "a dataset of an impossible shape", err);
    }
  }
  if (stored > h5->size || bytes / ratio > stored) {
    char text[VSG_SHAPE_TEXT];
    return vsg_fail(err, VSG_FORMAT,
                    "%s: '%.200s': shape %s cannot come from %zu stored bytes",
                    h5->name, d->path, vsg_shape_text(text, dims, shape),
                    stored);
  }
  return VSG_OK;
}

static vsg_status read_open(vsg_tensor **out, const dataset *d,
                            const vsg_h5 *h5, vsg_error *err) {
  long shape[VSG_MAX_DIMS];
  vsg_dtype dtype;
  hid_t memory;
  size_t ratio;
  int dims;
  if (check_storage(&ratio, d, h5, err) ||
      read_shape(&dims, shape, d, h5, err) ||
      check_bytes(d, ratio, dims, shape, h5, err) ||
      choose_type(&dtype, &memory, d, h5, err)) {
    return err->code;
  }
  vsg_status status = vsg_tensor_new(out, dtype, dims, shape, err);
  if (!status && vsg_tensor_numel(*out) > 0 &&
      H5Dread(d->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT,
              vsg_tensor_data(*out)) < 0) {
    vsg_tensor_free(*out);
    *out = NULL;
    status = fail(h5, d->path, "unreadable data", err);
  }
  H5Tclose(memory);
  return status;
}

vsg_status vsg_h5_read_dataset(vsg_tensor **out, const vsg_h5 *h5,
                               const char *path, vsg_error *err) {
  dataset d;
  *out = NULL;
  if (!open_dataset(&d, h5, path, err)) read_open(out, &d, h5, err);
  close_dataset(&d);
  return *out ? VSG_OK : err->code;
}
