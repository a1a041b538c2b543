/* What a MATLAB file holds, as a tree. mat_v5.c and mat_h5.c make it from the
 * two containers that there are, mat.c names its leaves, mat_network.c finds
 * MatConvNet's networks in it; mat_node.c has the tree itself. */
#ifndef VSG_LOADER_MAT_H
#define VSG_LOADER_MAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/loader/loader.h"
#include "core/loader/path.h"
#include "core/tensor/tensor.h"

typedef enum vsg_mat_kind {
  VSG_MAT_NUMBERS,
  VSG_MAT_TEXT,
  VSG_MAT_LIST,   /* a cell array or an array of structs, column by column */
  VSG_MAT_STRUCT, /* one struct; its items are its fields */
  VSG_MAT_OTHER,  /* what is not read: a function handle, an object, ... */
} vsg_mat_kind;

typedef struct vsg_mat_node {
  char *name; /* owned; of a field or variable, NULL in a list */
  vsg_mat_kind kind;
  vsg_tensor *tensor; /* owned; of numbers, in MATLAB's shape, contiguous */
  char *text;         /* owned; UTF-8; for OTHER: what it is, or NULL: [] */
  size_t length;      /* of text */
  struct vsg_mat_node *item; /* owned */
  size_t count, room;
} vsg_mat_node;

enum { VSG_MAT_DEPTH_MOST = 64 }; /* cells and structs in each other */

/* Frees what the node has, not the node. */
void vsg_mat_clear(vsg_mat_node *node);

/* *out is a new item of parent, of kind OTHER, valid until the next one. name
 * is NULL in a list. Nodes are counted as w's text. */
vsg_status vsg_mat_add(vsg_mat_node **out, vsg_mat_node *parent,
                       const char *name, size_t length, vsg_weights *w,
                       const vsg_reader *r, vsg_error *err);

/* The field of a struct, or NULL. */
vsg_mat_node *vsg_mat_field(const vsg_mat_node *node, const char *name);

/* MATLAB stores column by column, so that a tensor over the stored elements has
 * the sizes in reverse. Takes stored, on failure too. */

/* Makes node the numbers of a MATLAB class: "double", "single", "logical",
 * "int8", ...; of another class it stays OTHER. */
vsg_status vsg_mat_set_numbers(vsg_mat_node *node, vsg_tensor *stored,
                               const char *class, vsg_error *err);
/* Makes node the text whose UTF-8 bytes (u8), or UTF-16 units or characters
 * (other types) are stored.
 * The lines of a matrix of characters are joined by newlines. */
vsg_status vsg_mat_set_text(vsg_mat_node *node, vsg_tensor *stored,
                            vsg_weights *w, const vsg_reader *r,
                            vsg_error *err);
/* Says what is not read. */
vsg_status vsg_mat_set_other(vsg_mat_node *node, const char *what,
                             vsg_error *err);

/* Add the variables of the file to root, an empty struct. */
vsg_status vsg_mat_read_v5(vsg_mat_node *root, vsg_weights *w, vsg_reader *r,
                           vsg_error *err);
vsg_status vsg_mat_read_h5(vsg_mat_node *root, vsg_weights *w, vsg_reader *r,
                           vsg_error *err);

/* ---- from the tree to the weights ---- */

typedef struct vsg_mat_walk {
  vsg_weights *out;
  const vsg_reader *r;
  vsg_path path; /* of the node that is at hand */
} vsg_mat_walk;

/* Gives the node's tensors and texts to the weights, under path and below. */
vsg_status vsg_mat_name(vsg_mat_walk *w, vsg_mat_node *node, vsg_error *err);
/* The same for a field, entered by its name. */
vsg_status vsg_mat_name_field(vsg_mat_walk *w, vsg_mat_node *field,
                              vsg_error *err);

/* Whether a struct is MatConvNet's network. */
bool vsg_mat_is_network(const vsg_mat_node *node);
/* Gives it to the weights: its layers as operators, the rest by vsg_mat_name.
 */
vsg_status vsg_mat_name_network(vsg_mat_walk *w, vsg_mat_node *node,
                                vsg_error *err);

#endif
