/* The network that some formats hold beside their tensors, as the file says it:
 * operators in the file's own vocabulary, joined by named values. What an
 * operator means is not known here: lua/visage/nn/import maps each vocabulary
 * to layers.
 *
 *   input "data" -> operator Conv "conv1" -> value "x" -> operator Relu -> ...
 *
 * A value that no operator gives and that is no input is a tensor of the same
 * file, by its name. */
#ifndef VSG_LOADER_NETWORK_H
#define VSG_LOADER_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/loader/loader.h"
#include "core/tensor/tensor.h"

typedef struct vsg_texts {
  char **item; /* each owned */
  size_t count, room;
} vsg_texts;

/* Either text, or count numbers; list tells {3} from 3. */
typedef struct vsg_attribute {
  char *key;
  char *text; /* NULL for numbers */
  double *number;
  size_t count;
  bool list;
} vsg_attribute;

typedef struct vsg_operator {
  char *type, *name;
  vsg_texts inputs, outputs; /* values; "" stands for one that is left out */
  vsg_attribute *attribute;
  size_t attributes, room;
} vsg_operator;

typedef struct vsg_network_value {
  char *name;
  int dims;
  long dim[VSG_MAX_DIMS]; /* as the file has them; -1 for an open one */
} vsg_network_value;

typedef struct vsg_network {
  vsg_network_value *input;
  size_t inputs, input_room;
  vsg_texts outputs;
  vsg_operator *operator; /* in the file's order */
  size_t operators, operator_room;
} vsg_network;

/* NULL is fine. */
void vsg_network_free(vsg_network *network);

/* Each call below adds to w->network, which the first of them makes. Texts are
 * copied up to their lengths; one with a zero byte is VSG_FORMAT, at r's
 * offset, and so is more than the weights may hold (vsg_weights_count). */

vsg_status vsg_network_input(vsg_weights *w, const vsg_reader *r,
                             const char *name, size_t length, const long *dim,
                             int dims, vsg_error *err);
vsg_status vsg_network_output(vsg_weights *w, const vsg_reader *r,
                              const char *name, size_t length, vsg_error *err);
vsg_status vsg_network_operator(vsg_weights *w, const vsg_reader *r,
                                const char *type, size_t type_length,
                                const char *name, size_t name_length,
                                vsg_error *err);

/* These add to the last operator. */

vsg_status vsg_operator_input(vsg_weights *w, const vsg_reader *r,
                              const char *value, size_t length, vsg_error *err);
vsg_status vsg_operator_output(vsg_weights *w, const vsg_reader *r,
                               const char *value, size_t length,
                               vsg_error *err);
vsg_status vsg_operator_numbers(vsg_weights *w, const vsg_reader *r,
                                const char *key, size_t key_length,
                                const double *number, size_t count, bool list,
                                vsg_error *err);
vsg_status vsg_operator_text(vsg_weights *w, const vsg_reader *r,
                             const char *key, size_t key_length,
                             const char *text, size_t text_length,
                             vsg_error *err);

#endif
