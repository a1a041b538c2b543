/* Files beside an ONNX model that hold the bytes of its tensors; see onnx.h. A
 * location is relative to the model's folder and cannot leave it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/loader/onnx.h"

enum { FILES_MOST = 4096 /* exporters write one, or one per tensor */ };

void vsg_onnx_files_free(vsg_onnx_files *files) {
  for (size_t i = 0; i < files->count; i++) {
    vsg_file_close(&files->item[i].file);
  }
  free(files->item);
  *files = (vsg_onnx_files){NULL};
}

/* A relative name whose parts are names: not "..", which would leave the
 * folder, nor "." or nothing, by which a file would have any number of names
 * and be taken as often. A first "./" is let pass. */
static bool is_inside(const char *name, size_t length) {
  const char *end = name + length;
  if (memchr(name, '\\', length) || memchr(name, '\0', length)) return false;
  if (length > 2 && memcmp(name, "./", 2) == 0) name += 2;
  for (const char *slash; name; name = slash ? slash + 1 : NULL) {
    slash = memchr(name, '/', (size_t)(end - name));
    size_t size = (size_t)((slash ? slash : end) - name);
    if (size == 0 || (size <= 2 && memcmp(name, "..", size) == 0)) return false;
  }
  return true;
}

static vsg_status open_file(vsg_file *out, const char *path,
                            const vsg_reader *location, vsg_error *err) {
  const char *name = vsg_onnx_text(location),
             *slash = path ? strrchr(path, '/') : "";
  int length = (int)vsg_onnx_length(location);
  vsg_status status;
  char *full;
  if (!path) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: its tensors are in '%.*s' beside it, which bytes in "
                    "memory do not have",
                    location->name, length < 200 ? length : 200, name);
  }
  if (asprintf(&full, "%.*s%.*s", slash ? (int)(slash - path) + 1 : 0, path,
               length, name) < 0) {
    return vsg_fail_memory(err, "onnx", vsg_onnx_length(location));
  }
  status = vsg_file_open(out, full, err);
  free(full);
  return status;
}

/* The file of that location, opened the first time. */
static vsg_status file_of(vsg_file *out, vsg_onnx_files *files,
                          const char *path, const vsg_reader *location,
                          vsg_error *err) {
  const char *name = vsg_onnx_text(location);
  size_t length = vsg_onnx_length(location);
  void *list = files->item; /* vsg_list_grow's type */
  for (size_t i = 0; i < files->count; i++) {
    const vsg_reader *known = &files->item[i].name;
    *out = files->item[i].file;
    if (vsg_onnx_length(known) == length &&
        !memcmp(vsg_onnx_text(known), name, length)) {
      return VSG_OK;
    }
  }
  if (length > 4096 || !is_inside(name, length)) {
    return vsg_read_fail(location, err,
                         "external data in '%.*s', wants a file in the "
                         "model's folder",
                         length < 200 ? (int)length : 200, name);
  }
  if (files->count == FILES_MOST) {
    return vsg_read_fail(location, err, "external data in over %d files",
                         FILES_MOST);
  }
  if (vsg_list_grow(&list, files->count, &files->room, sizeof *files->item,
                    "onnx", err)) {
    return err->code;
  }
  files->item = list;
  if (open_file(out, path, location, err)) return err->code;
  files->item[files->count++] = (vsg_onnx_file){*location, *out};
  files->all.bytes += out->size;
  return VSG_OK;
}

vsg_status vsg_onnx_external(const unsigned char **out, vsg_onnx_files *files,
                             const char *path, const vsg_reader *location,
                             uint64_t offset, size_t size, vsg_error *err) {
  vsg_file file;
  if (file_of(&file, files, path, location, err)) return err->code;
  return vsg_beside_take(out, &files->all, &file, offset, size, location, err);
}
