/* MatConvNet's networks in a MATLAB file. Fields are those of its manual
 * (Vedaldi, Lenc and Henriques, "MatConvNet: Convolutional Neural Networks for
 * MATLAB") and of the published models.
 *
 *   simplenn   layers   a cell array of structs: type, name, weights (a cell
 *                       array; before 2015 the fields filters and biases), and
 *                       numbers such as stride and pad
 *   DagNN      layers   an array of structs: name, type, inputs, outputs,
 *                       params (names) and block, a struct of numbers
 *              params   an array of structs: name, value, ...
 *
 * Each layer is an operator. One of a simplenn has its weights as inputs, by
 * their paths, and no others: that layers follow each other is not said in the
 * file. One of a DagNN has its inputs and then its parameters, which are
 * tensors by their names alone; with each come fields of no matter to a network
 * that is run (learningRate, ...), which are left out. */
#include <string.h>

#include "core/loader/mat.h"
#include "core/loader/network.h"

/* A field of so many numbers is an attribute; longer ones are tensors. */
enum { NUMBERS_MOST = 64 };

/* A struct of one item may be no list of one, and a cell of one text the text.
 */
static size_t count_of(const vsg_mat_node *list) {
  return list->kind == VSG_MAT_LIST ? list->count : 1;
}

static vsg_mat_node *item_of(vsg_mat_node *list, size_t i) {
  return list->kind == VSG_MAT_LIST ? &list->item[i] : list;
}

static const vsg_mat_node *text_field(const vsg_mat_node *node,
                                      const char *name) {
  const vsg_mat_node *field = vsg_mat_field(node, name);
  return field && field->kind == VSG_MAT_TEXT ? field : NULL;
}

bool vsg_mat_is_network(const vsg_mat_node *node) {
  vsg_mat_node *layers = vsg_mat_field(node, "layers");
  if (!layers || count_of(layers) == 0) return false;
  for (size_t i = 0; i < count_of(layers); i++) {
    if (!text_field(item_of(layers, i), "type")) return false;
  }
  return true;
}

static bool is_one_of(const char *name, const char *const *list) {
  for (; *list; list++) {
    if (strcmp(name, *list) == 0) return true;
  }
  return false;
}

/* ---- attributes ---- */

static vsg_status add_numbers(vsg_mat_walk *w, const vsg_mat_node *field,
                              vsg_error *err) {
  vsg_tensor *numbers;
  long count = vsg_tensor_numel(field->tensor);
  if (vsg_tensor_to(&numbers, field->tensor, VSG_f64, err)) return err->code;
  vsg_status status = vsg_operator_numbers(
      w->out, w->r, field->name, strlen(field->name), vsg_tensor_data(numbers),
      (size_t)count, count != 1, err);
  vsg_tensor_free(numbers);
  return status;
}

/* A field of a layer: an attribute, or what any field is. */
static vsg_status add_attribute(vsg_mat_walk *w, vsg_mat_node *field,
                                vsg_error *err) {
  if (field->kind == VSG_MAT_TEXT) {
    return vsg_operator_text(w->out, w->r, field->name, strlen(field->name),
                             field->text, field->length, err);
  }
  if (field->kind == VSG_MAT_NUMBERS &&
      vsg_tensor_numel(field->tensor) <= NUMBERS_MOST) {
    return add_numbers(w, field, err);
  }
  return vsg_mat_name_field(w, field, err);
}

/* The fields of node but those of the list. */
static vsg_status add_attributes(vsg_mat_walk *w, vsg_mat_node *node,
                                 const char *const *but, vsg_error *err) {
  for (size_t i = 0; i < node->count; i++) {
    vsg_mat_node *field = &node->item[i];
    if (is_one_of(field->name, but)) continue;
    if (add_attribute(w, field, err)) return err->code;
  }
  return VSG_OK;
}

static vsg_status begin(vsg_mat_walk *w, const vsg_mat_node *layer,
                        vsg_error *err) {
  const vsg_mat_node *type = text_field(layer, "type");
  const vsg_mat_node *name = text_field(layer, "name");
  return vsg_network_operator(w->out, w->r, type->text, type->length,
                              name ? name->text : "", name ? name->length : 0,
                              err);
}

/* ---- simplenn ---- */

/* An array of weights, which is there unless it is empty, at the path. */
static vsg_status add_weight(vsg_mat_walk *w, vsg_mat_node *weight,
                             vsg_error *err) {
  bool there = weight->kind == VSG_MAT_NUMBERS && weight->tensor &&
               vsg_tensor_numel(weight->tensor) > 0;
  if (vsg_operator_input(w->out, w->r, w->path.name, there ? w->path.length : 0,
                         err)) {
    return err->code;
  }
  return vsg_mat_name(w, weight, err);
}

static vsg_status add_weights(vsg_mat_walk *w, vsg_mat_node *layer,
                              vsg_error *err) {
  static const char *const fields[] = {"weights", "filters", "biases"};
  size_t before = w->path.length, inside;
  for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
    vsg_mat_node *field = vsg_mat_field(layer, fields[f]);
    if (!field) continue;
    if (vsg_path_enter(&w->path, w->r, fields[f], strlen(fields[f]), err)) {
      return err->code;
    }
    inside = w->path.length;
    for (size_t i = 0; i < count_of(field); i++) {
      if ((field->kind == VSG_MAT_LIST &&
           vsg_path_enter_count(&w->path, w->r, i + 1, err)) ||
          add_weight(w, item_of(field, i), err)) {
        return err->code;
      }
      w->path.length = inside;
    }
    w->path.length = before;
  }
  return VSG_OK;
}

static vsg_status add_simple(vsg_mat_walk *w, vsg_mat_node *layer,
                             vsg_error *err) {
  static const char *const known[] = {"type",    "name",   "weights",
                                      "filters", "biases", NULL};
  if (begin(w, layer, err) || add_weights(w, layer, err)) return err->code;
  return add_attributes(w, layer, known, err);
}

/* ---- DagNN ---- */

typedef vsg_status add_value(vsg_weights *w, const vsg_reader *r,
                             const char *value, size_t length, vsg_error *err);

/* Adds a field's names to the operator's inputs or outputs. */
static vsg_status add_names(vsg_mat_walk *w, const vsg_mat_node *layer,
                            const char *key, add_value *add, vsg_error *err) {
  vsg_mat_node *field = vsg_mat_field(layer, key);
  for (size_t i = 0; field && i < count_of(field); i++) {
    const vsg_mat_node *name = item_of(field, i);
    if (name->kind != VSG_MAT_TEXT) continue; /* {} of a layer without any */
    if (add(w->out, w->r, name->text, name->length, err)) return err->code;
  }
  return VSG_OK;
}

static vsg_status add_dag(vsg_mat_walk *w, vsg_mat_node *layer,
                          vsg_error *err) {
  static const char *const known[] = {"type",   "name",  "inputs", "outputs",
                                      "params", "block", NULL};
  static const char *const none[] = {NULL};
  vsg_mat_node *block = vsg_mat_field(layer, "block");
  if (begin(w, layer, err) ||
      add_names(w, layer, "inputs", vsg_operator_input, err) ||
      add_names(w, layer, "params", vsg_operator_input, err) ||
      add_names(w, layer, "outputs", vsg_operator_output, err) ||
      add_attributes(w, block, none, err)) {
    return err->code;
  }
  return add_attributes(w, layer, known, err);
}

static vsg_status add_params(vsg_mat_walk *w, vsg_mat_node *params,
                             vsg_error *err) {
  for (size_t i = 0; i < count_of(params); i++) {
    vsg_mat_node *param = item_of(params, i);
    vsg_mat_node *value = vsg_mat_field(param, "value");
    const vsg_mat_node *name = text_field(param, "name");
    if (!name || !value || value->kind != VSG_MAT_NUMBERS) {
      return vsg_read_fail(w->r, err, "mat: params(%zu) has no name and value",
                           i + 1);
    }
    vsg_tensor *t = value->tensor;
    value->tensor = NULL;
    if (!t) continue;
    if (vsg_weights_add(w->out, w->r, name->text, name->length, t, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* ---- networks ---- */

static vsg_status add_layers(vsg_mat_walk *w, vsg_mat_node *layers,
                             vsg_error *err) {
  size_t before = w->path.length;
  for (size_t i = 0; i < count_of(layers); i++) {
    vsg_mat_node *layer = item_of(layers, i);
    const vsg_mat_node *block = vsg_mat_field(layer, "block");
    bool is_dag = block && block->kind == VSG_MAT_STRUCT;
    if (vsg_path_enter_count(&w->path, w->r, i + 1, err) ||
        (is_dag ? add_dag(w, layer, err) : add_simple(w, layer, err))) {
      return err->code;
    }
    w->path.length = before;
  }
  return VSG_OK;
}

vsg_status vsg_mat_name_network(vsg_mat_walk *w, vsg_mat_node *node,
                                vsg_error *err) {
  vsg_mat_node *layers = vsg_mat_field(node, "layers");
  bool is_dag = vsg_mat_field(item_of(layers, 0), "block") != NULL;
  size_t before = w->path.length;
  for (size_t i = 0; i < node->count; i++) {
    vsg_mat_node *field = &node->item[i];
    vsg_status status = VSG_OK;
    if (field == layers) {
      status = vsg_path_enter(&w->path, w->r, "layers", strlen("layers"), err);
      if (!status) status = add_layers(w, layers, err);
      w->path.length = before;
    } else if (is_dag && strcmp(field->name, "params") == 0) {
      status = add_params(w, field, err);
    } else {
      status = vsg_mat_name_field(w, field, err);
    }
    if (status) return status;
  }
  return VSG_OK;
}
