/* MATLAB's .mat of level 7.3, to a tree: HDF5 behind 512 bytes that begin as a
 * file of level 5 does. Sizes are in reverse, as elements lie.
 *
 *   /NAME                a variable, by its attribute MATLAB_class
 *     double, ...        a dataset of numbers
 *     char               of UTF-16 units
 *     cell               of references to objects, which lie in the group
 * #refs# struct             a group, a member for each field; of an array of
 *                        structs each is a dataset of references, of no class
 *   attribute MATLAB_empty     the dataset holds the sizes of an empty value
 *
 * The attributes are those of MATLAB's own files; MathWorks describes none. */
#include <string.h>

#include "core/loader/h5.h"
#include "core/loader/mat.h"

typedef struct mat_h5 {
  vsg_weights *out;
  const vsg_reader *r;
  int depth;
} mat_h5;

/* A group's members go to node. */
typedef struct members {
  mat_h5 *m;
  vsg_mat_node *node;
} members;

static vsg_status read_object(vsg_mat_node *node, mat_h5 *m, vsg_h5 *h5,
                              uint64_t object, vsg_error *err);

/* ---- classes ---- */

enum { CLASS_ROOM = 32 };

/* MATLAB_class, "" when the object has none. */
static vsg_status read_class(char class[CLASS_ROOM], vsg_h5 *h5,
                             uint64_t object, vsg_error *err) {
  vsg_h5_strings text = {NULL, 0};
  bool found;
  vsg_status status =
      vsg_h5_strings_of(&text, &found, h5, object, "MATLAB_class", err);
  class[0] = '\0';
  if (!status && text.count == 1) strncat(class, text.items[0], CLASS_ROOM - 1);
  vsg_h5_strings_free(&text);
  return status;
}

/* ---- datasets ---- */

/* Makes node a list of the objects at the addresses. */
static vsg_status read_list(vsg_mat_node *node, const vsg_tensor *addresses,
                            mat_h5 *m, vsg_h5 *h5, vsg_error *err) {
  const int64_t *address = vsg_tensor_data(addresses);
  long count = vsg_tensor_numel(addresses);
  node->kind = VSG_MAT_LIST;
  for (long i = 0; i < count; i++) {
    vsg_mat_node *item;
    if (vsg_mat_add(&item, node, NULL, 0, m->out, m->r, err) ||
        read_object(item, m, h5, (uint64_t)address[i], err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status read_dataset(vsg_mat_node *node, const char *class, mat_h5 *m,
                               vsg_h5 *h5, uint64_t object, vsg_error *err) {
  vsg_tensor *stored;
  bool references;
  if (vsg_h5_dataset_of(&stored, &references, h5, object, err)) {
    return err->code;
  }
  if (references) {
    vsg_status status = read_list(node, stored, m, h5, err);
    vsg_tensor_free(stored);
    return status;
  }
  if (class[0] == '\0') class = "a dataset without MATLAB_class";
  if (strcmp(class, "char") != 0) {
    return vsg_mat_set_numbers(node, stored, class, err);
  }
  return vsg_mat_set_text(node, stored, m->out, m->r, err);
}

/* ---- structs ---- */

static vsg_status visit_field(void *context, vsg_h5 *h5, const char *name,
                              size_t length, uint64_t object, vsg_error *err) {
  const members *in = context;
  vsg_mat_node *field;
  if (vsg_mat_add(&field, in->node, name, length, in->m->out, in->m->r, err)) {
    return err->code;
  }
  return read_object(field, in->m, h5, object, err);
}

/* The fields of an array of structs have no class. */
static vsg_status visit_class(void *context, vsg_h5 *h5, const char *name,
                              size_t length, uint64_t object, vsg_error *err) {
  bool *has_class = context, found;
  (void)name, (void)length;
  if (vsg_h5_has_attribute(&found, h5, object, "MATLAB_class", err)) {
    return err->code;
  }
  *has_class = *has_class || found;
  return VSG_OK;
}

/* Fields that are lists become a list of structs: field f of struct i is what
 * item i of field f was. */
static vsg_status turn_fields(vsg_mat_node *node, mat_h5 *m, vsg_error *err) {
  vsg_mat_node fields = *node;
  vsg_status status = VSG_OK;
  *node = (vsg_mat_node){.name = fields.name, .kind = VSG_MAT_LIST};
  fields.name = NULL;
  size_t count = fields.count > 0 ? fields.item[0].count : 0;
  for (size_t f = 0; f < fields.count && !status; f++) {
    if (fields.item[f].kind != VSG_MAT_LIST || fields.item[f].count != count) {
      status = vsg_read_fail(m->r, err, "mat: field %.100s of an array of %zu",
                             fields.item[f].name, count);
    }
  }
  for (size_t i = 0; i < count && !status; i++) {
    vsg_mat_node *one;
    status = vsg_mat_add(&one, node, NULL, 0, m->out, m->r, err);
    if (!status) one->kind = VSG_MAT_STRUCT;
    for (size_t f = 0; f < fields.count && !status; f++) {
      vsg_mat_node *to, *from = &fields.item[f];
      status = vsg_mat_add(&to, one, from->name, strlen(from->name), m->out,
                           m->r, err);
      if (status) break;
      char *name = to->name;
      *to = from->item[i];
      to->name = name;
      from->item[i] = (vsg_mat_node){.kind = VSG_MAT_OTHER};
    }
  }
  vsg_mat_clear(&fields);
  return status;
}

static vsg_status read_struct(vsg_mat_node *node, mat_h5 *m, vsg_h5 *h5,
                              uint64_t object, vsg_error *err) {
  members in = {m, node};
  bool is_group, has_class = false;
  node->kind = VSG_MAT_STRUCT;
  if (vsg_h5_members(&is_group, h5, object, visit_class, &has_class, err) ||
      vsg_h5_members(&is_group, h5, object, visit_field, &in, err)) {
    return err->code;
  }
  return has_class || node->count == 0 ? VSG_OK : turn_fields(node, m, err);
}

/* ---- objects ---- */

static vsg_status read_known(vsg_mat_node *node, const char *class, mat_h5 *m,
                             vsg_h5 *h5, uint64_t object, vsg_error *err) {
  bool sparse, empty;
  if (vsg_h5_has_attribute(&sparse, h5, object, "MATLAB_sparse", err) ||
      vsg_h5_has_attribute(&empty, h5, object, "MATLAB_empty", err)) {
    return err->code;
  }
  if (sparse) return vsg_mat_set_other(node, "sparse", err);
  if (empty) return VSG_OK;
  if (strcmp(class, "struct") == 0) {
    return read_struct(node, m, h5, object, err);
  }
  if (strcmp(class, "function_handle") == 0 || strcmp(class, "uint64") == 0) {
    return vsg_mat_set_other(node, class, err);
  }
  return read_dataset(node, class, m, h5, object, err);
}

static vsg_status read_object(vsg_mat_node *node, mat_h5 *m, vsg_h5 *h5,
                              uint64_t object, vsg_error *err) {
  char class[CLASS_ROOM];
  vsg_status status;
  if (m->depth == VSG_MAT_DEPTH_MOST) {
    return vsg_read_fail(m->r, err, "mat: cells and structs over %d deep",
                         VSG_MAT_DEPTH_MOST);
  }
  if (read_class(class, h5, object, err)) return err->code;
  m->depth++;
  status = read_known(node, class, m, h5, object, err);
  m->depth--;
  return status;
}

/* The groups #refs# and #subsystem# hold what variables refer to. */
static vsg_status visit_variable(void *context, vsg_h5 *h5, const char *name,
                                 size_t length, uint64_t object,
                                 vsg_error *err) {
  if (name[0] == '#') return VSG_OK;
  if (visit_field(context, h5, name, length, object, err)) {
    vsg_error inner = *err;
    return vsg_fail(err, inner.code, "%.700s (in '%.*s')", inner.text,
                    length < 80 ? (int)length : 80, name);
  }
  return VSG_OK;
}

vsg_status vsg_mat_read_h5(vsg_mat_node *root, vsg_weights *w, vsg_reader *r,
                           vsg_error *err) {
  mat_h5 m = {.out = w, .r = r};
  members in = {&m, root};
  bool is_group;
  vsg_h5 h5;
  if (vsg_h5_open(&h5, r, err)) return err->code;
  return vsg_h5_members(&is_group, &h5, h5.root, visit_variable, &in, err);
}
