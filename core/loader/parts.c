/* Writing a file of pieces; see parts.h. */
#include "core/loader/parts.h"

#include "core/base/writer.h"

static vsg_status write_part(vsg_writer *w, const vsg_part *part,
                             vsg_error *err) {
  vsg_tensor *lying;
  vsg_status status;
  if (!part->tensor) return vsg_write(w, part->data, part->size, err);
  if (vsg_tensor_contiguous(&lying, part->tensor, err)) return err->code;
  status = vsg_write(w, vsg_tensor_data(lying), vsg_tensor_bytes(lying), err);
  vsg_tensor_free(lying);
  return status;
}

vsg_status vsg_parts_write(const char *path, size_t count,
                           const vsg_part *parts, vsg_error *err) {
  vsg_writer w;
  vsg_status status = VSG_OK;
  if (vsg_writer_open(&w, path, err)) return err->code;
  for (size_t i = 0; i < count && !status; i++) {
    status = write_part(&w, &parts[i], err);
  }
  return vsg_writer_close(&w, status, err);
}
