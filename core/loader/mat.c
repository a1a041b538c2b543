/* MATLAB's .mat files: level 5, as save -v6 and -v7 write it (mat_v5.c), and
 * 7.3, which is HDF5 (mat_h5.c). Read by our own code: libmatio 1.5.23
 * takes 1.9 GB of memory for some files of 20 bytes, tells no offset, and reads
 * 7.3 by libhdf5, of which h5.h tells.
 *
 * Tensors get the fields on their way joined with dots, and indices from 1 for
 * cells and for arrays of structs, column by column: "layers.1.weights.2". They
 * keep MATLAB's shape, so a filter is rows, columns, in, out; a scalar is
 * (1,1). Texts become notes under such names; so does the class of what is not
 * read (function handles, objects, sparse and complex matrices). What is empty
 * is left out. Networks of MatConvNet are found in mat_network.c. */
#include "core/loader/mat.h"

#include <stdio.h>
#include <string.h>

enum {
  MARKS = 124, /* where version and byte order are */
  HEADER = 128,
};

/* ---- names ---- */

vsg_status vsg_mat_name_field(vsg_mat_walk *w, vsg_mat_node *field,
                              vsg_error *err) {
  size_t before = w->path.length;
  if (vsg_path_enter(&w->path, w->r, field->name, strlen(field->name), err) ||
      vsg_mat_name(w, field, err)) {
    return err->code;
  }
  w->path.length = before;
  return VSG_OK;
}

static vsg_status name_items(vsg_mat_walk *w, vsg_mat_node *list,
                             vsg_error *err) {
  size_t before = w->path.length;
  for (size_t i = 0; i < list->count; i++) {
    if (vsg_path_enter_count(&w->path, w->r, i + 1, err) ||
        vsg_mat_name(w, &list->item[i], err)) {
      return err->code;
    }
    w->path.length = before;
  }
  return VSG_OK;
}

static vsg_status name_numbers(vsg_mat_walk *w, vsg_mat_node *node,
                               vsg_error *err) {
  vsg_tensor *t = node->tensor;
  if (!t || vsg_tensor_numel(t) == 0) return VSG_OK;
  node->tensor = NULL;
  return vsg_weights_add(w->out, w->r, w->path.name, w->path.length, t, err);
}

static vsg_status name_other(vsg_mat_walk *w, const vsg_mat_node *node,
                             vsg_error *err) {
  char text[128];
  if (!node->text) return VSG_OK;
  int length = snprintf(text, sizeof text, "not read: %s", node->text);
  return vsg_weights_note(w->out, w->r, w->path.name, w->path.length, text,
                          (size_t)length, err);
}

vsg_status vsg_mat_name(vsg_mat_walk *w, vsg_mat_node *node, vsg_error *err) {
  switch (node->kind) {
    case VSG_MAT_NUMBERS:
      return name_numbers(w, node, err);
    case VSG_MAT_TEXT:
      return vsg_weights_note(w->out, w->r, w->path.name, w->path.length,
                              node->text, node->length, err);
    case VSG_MAT_LIST:
      return name_items(w, node, err);
    case VSG_MAT_STRUCT:
      if (!w->out->network && vsg_mat_is_network(node))
        return vsg_mat_name_network(w, node, err);
      for (size_t i = 0; i < node->count; i++) {
        if (vsg_mat_name_field(w, &node->item[i], err)) return err->code;
      }
      return VSG_OK;
    default:
      return name_other(w, node, err);
  }
}

/* ---- the loader ---- */

/* 5 and 7.3 are versions 1 and 2; 0 when it is no such file. */
static int version_of(const unsigned char *data, size_t size) {
  static const char text[] = "MATLAB ";
  if (size < HEADER || memcmp(data, text, sizeof text - 1) != 0) return 0;
  const unsigned char *mark = data + MARKS;
  if (memcmp(mark + 2, "IM", 2) == 0 && mark[0] == 0) return mark[1];
  return memcmp(mark + 2, "MI", 2) == 0 && mark[1] == 0 ? mark[0] : 0;
}

static bool sniff(const unsigned char *data, size_t size) {
  int version = version_of(data, size);
  return version == 1 || version == 2;
}

static vsg_status read_mat(vsg_weights *out, vsg_reader *r, vsg_error *err) {
  vsg_mat_walk w = {.out = out, .r = r};
  vsg_mat_node root = {.kind = VSG_MAT_STRUCT};
  vsg_status status;
  if (memcmp(r->data + MARKS + 2, "MI", 2) == 0) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %d: mat: the byte order is not little", r->name,
                    MARKS);
  }
  status = version_of(r->data, r->size) == 1
               ? vsg_mat_read_v5(&root, out, r, err)
               : vsg_mat_read_h5(&root, out, r, err);
  if (!status) status = vsg_mat_name(&w, &root, err);
  vsg_mat_clear(&root);
  return status;
}

const vsg_loader vsg_loader_mat = {"mat", sniff, read_mat};
