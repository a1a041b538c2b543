/* The .xml of an OpenVINO IR as tables: layers, their attributes and ports, and
 * which port feeds which. Nothing is known here of what a layer means; for the
 * file's shape see openvino.c. */
#ifndef VSG_LOADER_OPENVINO_XML_H
#define VSG_LOADER_OPENVINO_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/tensor/tensor.h"

/* Texts are places in vsg_ir.text, where each ends with a zero byte. */
typedef struct vsg_ir_attribute {
  size_t key, value;
} vsg_ir_attribute;

enum { VSG_IR_OPEN = -1 };

typedef struct vsg_ir_port {
  long id;
  bool output;
  size_t layer; /* the one that has it */
  long source;  /* an input's: the output port that feeds it, or VSG_IR_OPEN */
} vsg_ir_port;

typedef struct vsg_ir_layer {
  long id;
  size_t name, type, version;   /* version: "opset1", "" where there is none */
  size_t attribute, attributes; /* the first of them in vsg_ir, how many */
  size_t port, ports;
  size_t at; /* its offset in the .xml */
} vsg_ir_layer;

typedef struct vsg_ir {
  char *text;
  size_t length, text_room;
  vsg_ir_layer *layer; /* in the file's order */
  size_t layers, layer_room;
  vsg_ir_attribute *attribute;
  size_t attributes, attribute_room;
  vsg_ir_port *port;
  size_t ports, port_room;
} vsg_ir;

/* Fills *out, which is all zero, from the document r; free it on failure too.
 * A document type declaration, without which XML has no entities, is refused,
 * and so are elements nested over 64 deep. */
vsg_status vsg_ir_read(vsg_ir *out, const vsg_reader *r, vsg_error *err);
void vsg_ir_free(vsg_ir *ir);

/* The value of the layer's attribute, or NULL. */
const char *vsg_ir_find(const vsg_ir *ir, const vsg_ir_layer *layer,
                        const char *key);

/* ---- values of attributes (openvino_value.c) ---- */

/* Errors of these are at r's offset. */

/* The attribute shape: VSG_IR_OPEN stands for an open size. */
vsg_status vsg_ir_shape(long dim[VSG_MAX_DIMS], int *dims, const vsg_ir *ir,
                        const vsg_ir_layer *layer, const vsg_reader *r,
                        vsg_error *err);

/* An attribute that counts bytes. */
vsg_status vsg_ir_bytes(size_t *out, const vsg_ir *ir,
                        const vsg_ir_layer *layer, const char *key,
                        const vsg_reader *r, vsg_error *err);

/* *out is the count numbers of a text with commas between them, free it; NULL
 * when the text is something else. */
vsg_status vsg_ir_numbers(double **out, size_t *count, const char *text,
                          vsg_error *err);

#endif
