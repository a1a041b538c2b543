/* The network of a file, collected; see network.h. */
#include "core/loader/network.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"

/* ---- life ---- */

static void free_texts(vsg_texts *texts) {
  for (size_t i = 0; i < texts->count; i++) free(texts->item[i]);
  free(texts->item);
}

static void free_operator(vsg_operator *o) {
  for (size_t i = 0; i < o->attributes; i++) {
    free(o->attribute[i].key);
    free(o->attribute[i].text);
    free(o->attribute[i].number);
  }
  free(o->attribute);
  free(o->type);
  free(o->name);
  free_texts(&o->inputs);
  free_texts(&o->outputs);
}

void vsg_network_free(vsg_network *network) {
  if (!network) return;
  for (size_t i = 0; i < network->inputs; i++) free(network->input[i].name);
  for (size_t i = 0; i < network->operators; i++) {
    free_operator(&network->operator[i]);
  }
  free(network->input);
  free(network->operator);
  free_texts(&network->outputs);
  free(network);
}

static vsg_status network_of(vsg_network **out, vsg_weights *w,
                             vsg_error *err) {
  if (!w->network) {
    w->network = calloc(1, sizeof *w->network);
    if (!w->network) return vsg_fail_memory(err, "network", sizeof **out);
  }
  *out = w->network;
  return VSG_OK;
}

/* The last operator; a loader that has made none is mistaken. */
static vsg_operator *last(vsg_weights *w) {
  return &w->network->operator[w->network->operators - 1];
}

/* ---- adding ---- */

static vsg_status copy_text(char **out, vsg_weights *w, const vsg_reader *r,
                            const char *text, size_t length, vsg_error *err) {
  *out = NULL;
  if (memchr(text, '\0', length)) {
    return vsg_read_fail(r, err, "the name '%.*s' holds a zero byte",
                         length < 80 ? (int)length : 80, text);
  }
  if (vsg_weights_count(w, r, length, err)) return err->code;
  *out = strndup(text, length);
  return *out ? VSG_OK : vsg_fail_memory(err, "network", length);
}

static vsg_status append_text(vsg_texts *texts, vsg_weights *w,
                              const vsg_reader *r, const char *text,
                              size_t length, vsg_error *err) {
  void *list = texts->item; /* vsg_list_grow's type */
  if (vsg_weights_count(w, r, sizeof *texts->item, err) ||
      vsg_list_grow(&list, texts->count, &texts->room, sizeof *texts->item,
                    "network", err)) {
    return err->code;
  }
  texts->item = list;
  if (copy_text(&texts->item[texts->count], w, r, text, length, err)) {
    return err->code;
  }
  texts->count++;
  return VSG_OK;
}

vsg_status vsg_network_input(vsg_weights *w, const vsg_reader *r,
                             const char *name, size_t length, const long *dim,
                             int dims, vsg_error *err) {
  vsg_network *network;
  vsg_network_value value = {.dims = dims};
  if (dims > VSG_MAX_DIMS) {
    return vsg_read_fail(r, err, "an input of %d axes, at most %d are wanted",
                         dims, VSG_MAX_DIMS);
  }
  for (int i = 0; i < dims; i++) value.dim[i] = dim[i];
  if (network_of(&network, w, err)) return err->code;
  void *list = network->input; /* vsg_list_grow's type */
  if (vsg_weights_count(w, r, sizeof value, err) ||
      vsg_list_grow(&list, network->inputs, &network->input_room, sizeof value,
                    "network", err)) {
    return err->code;
  }
  network->input = list;
  if (copy_text(&value.name, w, r, name, length, err)) return err->code;
  network->input[network->inputs++] = value;
  return VSG_OK;
}

vsg_status vsg_network_output(vsg_weights *w, const vsg_reader *r,
                              const char *name, size_t length, vsg_error *err) {
  vsg_network *network;
  if (network_of(&network, w, err)) return err->code;
  return append_text(&network->outputs, w, r, name, length, err);
}

vsg_status vsg_network_operator(vsg_weights *w, const vsg_reader *r,
                                const char *type, size_t type_length,
                                const char *name, size_t name_length,
                                vsg_error *err) {
  vsg_network *network;
  vsg_operator o = {NULL};
  if (network_of(&network, w, err)) return err->code;
  void *list = network->operator; /* vsg_list_grow's type */
  if (vsg_weights_count(w, r, sizeof o, err) ||
      vsg_list_grow(&list, network->operators, &network->operator_room,
                    sizeof o, "network", err)) {
    return err->code;
  }
  network->operator= list;
  if (copy_text(&o.type, w, r, type, type_length, err) ||
      copy_text(&o.name, w, r, name, name_length, err)) {
    free_operator(&o);
    return err->code;
  }
  network->operator[network->operators++] = o;
  return VSG_OK;
}

vsg_status vsg_operator_input(vsg_weights *w, const vsg_reader *r,
                              const char *value, size_t length,
                              vsg_error *err) {
  return append_text(&last(w)->inputs, w, r, value, length, err);
}

vsg_status vsg_operator_output(vsg_weights *w, const vsg_reader *r,
                               const char *value, size_t length,
                               vsg_error *err) {
  return append_text(&last(w)->outputs, w, r, value, length, err);
}

/* Appends an empty attribute of that key, owned by the operator from now on. */
static vsg_status add_attribute(vsg_attribute **out, vsg_weights *w,
                                const vsg_reader *r, const char *key,
                                size_t length, vsg_error *err) {
  vsg_operator *o = last(w);
  vsg_attribute attribute = {NULL};
  void *list = o->attribute; /* vsg_list_grow's type */
  if (vsg_weights_count(w, r, sizeof attribute, err) ||
      vsg_list_grow(&list, o->attributes, &o->room, sizeof attribute, "network",
                    err)) {
    return err->code;
  }
  o->attribute = list;
  if (copy_text(&attribute.key, w, r, key, length, err)) return err->code;
  *out = &o->attribute[o->attributes++];
  **out = attribute;
  return VSG_OK;
}

vsg_status vsg_operator_numbers(vsg_weights *w, const vsg_reader *r,
                                const char *key, size_t key_length,
                                const double *number, size_t count, bool list,
                                vsg_error *err) {
  vsg_attribute *a;
  size_t bytes = count * sizeof *number; /* number exists, so it fits */
  if (vsg_weights_count(w, r, bytes, err) ||
      add_attribute(&a, w, r, key, key_length, err)) {
    return err->code;
  }
  a->list = list || count != 1; /* one number is there, or it is a list */
  if (count == 0) return VSG_OK;
  a->number = malloc(bytes);
  if (!a->number) return vsg_fail_memory(err, "network", bytes);
  memcpy(a->number, number, bytes);
  a->count = count;
  return VSG_OK;
}

vsg_status vsg_operator_text(vsg_weights *w, const vsg_reader *r,
                             const char *key, size_t key_length,
                             const char *text, size_t text_length,
                             vsg_error *err) {
  vsg_attribute *a;
  if (add_attribute(&a, w, r, key, key_length, err)) return err->code;
  return copy_text(&a->text, w, r, text, text_length, err);
}
