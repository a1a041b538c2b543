/* What the parts of the ONNX reader share: onnx.c reads the model, its graph
 * and operators, onnx_tensor.c tensors, onnx_external.c the files beside the
 * model. For no one else; see onnx.c for the layout. */
#ifndef VSG_LOADER_ONNX_H
#define VSG_LOADER_ONNX_H

#include "core/base/protobuf.h"
#include "core/loader/beside.h"
#include "core/loader/loader.h"

/* ---- walking a message ---- */

typedef vsg_status vsg_onnx_take(void *to, vsg_field *field, vsg_error *err);

/* One field of a message: its number in onnx.proto, its wire, and who takes it
 * into the struct that stands for the message. Without a taker it is kept at
 * that offset of the struct: bytes in a vsg_reader, a number in a uint64_t.
 * Tables end with number 0. */
typedef struct vsg_onnx_entry {
  uint32_t number;
  int wire;
  vsg_onnx_take *take;
  size_t at;
} vsg_onnx_entry;

/* For wire: numbers, packed or not; the taker looks at the field's. */
enum { VSG_ONNX_REPEATED = -1 };

/* Takes each field of the message that r stands in, in the file's order; those
 * that the table has not are skipped. */
vsg_status vsg_onnx_walk(void *to, const vsg_onnx_entry *table, vsg_reader r,
                         vsg_error *err);

/* Empty text: a field that a message has not. */
vsg_reader vsg_onnx_nothing(const vsg_reader *r);

/* What is left of r as text, which nothing ends. */
const char *vsg_onnx_text(const vsg_reader *r);
size_t vsg_onnx_length(const vsg_reader *r);
bool vsg_onnx_is(const vsg_reader *r, const char *text);

/* ---- files beside the model ---- */

typedef struct vsg_onnx_file {
  vsg_reader name; /* in the model */
  vsg_file file;
} vsg_onnx_file;

typedef struct vsg_onnx_files {
  vsg_onnx_file *item;
  size_t count, room;
  vsg_beside all;
} vsg_onnx_files;

void vsg_onnx_files_free(vsg_onnx_files *files);

/* *out is size bytes from offset of the file that location names, valid until
 * the files are freed. path is the model's, or NULL when it has none. */
vsg_status vsg_onnx_external(const unsigned char **out, vsg_onnx_files *files,
                             const char *path, const vsg_reader *location,
                             uint64_t offset, size_t size, vsg_error *err);

/* ---- tensors ---- */

/* *out is the TensorProto that r stands in, the caller's to free; *name its
 * name, in r's data. On failure *out is not to be used. */
vsg_status vsg_onnx_tensor(vsg_tensor **out, vsg_reader *name,
                           vsg_onnx_files *files, const char *path,
                           vsg_reader r, vsg_error *err);

/* ---- the model ---- */

typedef struct vsg_onnx_model {
  vsg_weights *out;
  vsg_reader *r;
  vsg_onnx_files files;
  bool has_graph;
} vsg_onnx_model;

/* ONNX's own domain: "" or "ai.onnx". */
bool vsg_onnx_standard(const vsg_reader *domain);

/* Adds the TensorProto that r stands in, under name, or under its own where
 * name is NULL. */
vsg_status vsg_onnx_add_tensor(vsg_onnx_model *m, const vsg_reader *name,
                               const vsg_reader *r, vsg_error *err);

/* Both are for the NodeProto that r stands in. The first adds the tensor of a
 * Constant and leaves others alone, the second the other way around. */
vsg_status vsg_onnx_constant(vsg_onnx_model *m, const vsg_reader *r,
                             vsg_error *err);
vsg_status vsg_onnx_node(vsg_onnx_model *m, const vsg_reader *r,
                         vsg_error *err);

#endif
