/* Caffe's nets as their two forms share them: prototxt.c reads the text form,
 * caffemodel.c the binary one, both by the one table of fields of
 * caffe_fields.c, and both hand what they read to the collector of
 * caffe_collect.c, which makes operators of the layers.
 *
 * A layer becomes an operator with its type and name, its bottoms as inputs and
 * its tops as outputs. Its parameters are attributes by their path:
 * "convolution_param.kernel_size". Choices are texts ("MAX"), booleans 0 or 1;
 * a field that caffe.proto calls repeated is a list. Messages that repeat are
 * counted from 1: "include[1].phase", "input_param.shape[1].dim". A parameter
 * that the table does not have is named by the attribute "unknown": what uses
 * the layer must know that it does not know all of it. */
#ifndef VSG_LOADER_CAFFE_H
#define VSG_LOADER_CAFFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/loader/loader.h"
#include "core/tensor/tensor.h"

/* ---- the table ---- */

typedef enum vsg_caffe_kind {
  VSG_CAFFE_END = 0, /* of a list of fields */
  VSG_CAFFE_SKIP,    /* of no use after training */
  VSG_CAFFE_INTEGER,
  VSG_CAFFE_BOOLEAN,
  VSG_CAFFE_FLOAT,
  VSG_CAFFE_TEXT,
  VSG_CAFFE_CHOICE,
  VSG_CAFFE_MESSAGE,
  VSG_CAFFE_BLOB,
  VSG_CAFFE_OLD, /* the layers of the first generation, without a place here */
} vsg_caffe_kind;

typedef struct vsg_caffe_choice {
  int64_t number;
  const char *name; /* NULL ends a list */
} vsg_caffe_choice;

typedef struct vsg_caffe_field {
  vsg_caffe_kind kind;
  uint32_t number; /* 0: only the text form has it */
  const char *name;
  bool list;                             /* comes any number of times */
  const struct vsg_caffe_field *fields;  /* of a message */
  const struct vsg_caffe_choice *choice; /* of a choice */
} vsg_caffe_field;

/* The fields of a whole net. */
extern const vsg_caffe_field vsg_caffe_net[];

/* The field of that name or number, or NULL; so also among fields NULL. */
const vsg_caffe_field *vsg_caffe_named(const vsg_caffe_field *fields,
                                       const char *name, size_t length);
const vsg_caffe_field *vsg_caffe_numbered(const vsg_caffe_field *fields,
                                          uint32_t number);

/* ---- the collector ---- */

typedef struct vsg_caffe vsg_caffe;

/* Collects into w; r tells where errors are. Both are borrowed until
 * vsg_caffe_free, for which NULL is fine. */
vsg_status vsg_caffe_new(vsg_caffe **out, vsg_weights *w, const vsg_reader *r,
                         vsg_error *err);
void vsg_caffe_free(vsg_caffe *c);

/* Steps into a message and out of it again; out of a layer adds an operator. */
vsg_status vsg_caffe_enter(vsg_caffe *c, const vsg_caffe_field *f,
                           vsg_error *err);
vsg_status vsg_caffe_leave(vsg_caffe *c, vsg_error *err);

/* A value of a field of the message at hand: of a list one more, of another
 * field the last one counts. A float is rounded to one, as Caffe has it. */
vsg_status vsg_caffe_number(vsg_caffe *c, const vsg_caffe_field *f,
                            double number, vsg_error *err);
vsg_status vsg_caffe_text(vsg_caffe *c, const vsg_caffe_field *f,
                          const char *text, size_t length, vsg_error *err);
/* A choice by its number; one that the table lacks becomes "#NUMBER". */
vsg_status vsg_caffe_choose(vsg_caffe *c, const vsg_caffe_field *f,
                            int64_t number, vsg_error *err);

/* A field that the table lacks. */
vsg_status vsg_caffe_unknown(vsg_caffe *c, const char *name, size_t length,
                             vsg_error *err);

/* One more blob of the layer at hand: the tensor "LAYER.1", "LAYER.2", ...
 * Takes the tensor, on failure too. */
vsg_status vsg_caffe_blob(vsg_caffe *c, vsg_tensor *blob, vsg_error *err);

/* Ends the net: adds its inputs, and its name as the note "name". */
vsg_status vsg_caffe_finish(vsg_caffe *c, vsg_error *err);

#endif
