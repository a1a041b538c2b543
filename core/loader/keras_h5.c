/* Keras's HDF5 files. Those of Keras 1 and 2, which Keras 3 still writes as
 * .h5, hold weights alone, or a whole model with them in group model_weights:
 *
 *   attribute layer_names    the layers' names in order, each a group here
 *     LAYER, attribute weight_names   names such as "conv1/7x7_s2/kernel:0",
 *       LAYER/NAME                    each a dataset under its layer's group
 *
 * A "/" in a name makes nested groups. A list too long for one attribute is cut
 * into layer_names0, layer_names1 and so on. Tensors are named exactly as
 * weight_names has them, in its order. The attributes keras_version, backend
 * and model_config become notes; so does weight_layers, a line per tensor with
 * the layer that has it, which the weight's name need not tell.
 *
 * Those of Keras 3 and of Keras 2.13 and later (.weights.h5) have no lists;
 * each object has its numbers in a group vars:
 *
 *   layers/conv2d/vars, attribute name   "c1", as the model calls the layer
 *     layers/conv2d/vars/0               its kernel, /1 its bias
 *
 * Tensors are named by their paths; vars' name, which older versions leave out,
 * becomes a note under the object's path (layers/conv2d).
 *
 * Axes stay as Keras keeps them: kernels are rows, columns, in, out. */
#include "core/loader/keras_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/loader/h5.h"
#include "core/loader/loader.h"

enum {
  NAMES_MOST = 1 << 16,
  PATH_ROOM = 2048,
};

typedef struct model {
  vsg_weights *out;
  const vsg_reader *r;
  vsg_h5 h5;
  const char *base;      /* "" or "/model_weights" */
  char named[PATH_ROOM]; /* the group vars whose name was noted last */
  char *owners;          /* weight_layers so far; owned */
  size_t owners_length, owners_room;
} model;

/* The group that holds the layers. */
static const char *base_path(const model *m) {
  return *m->base ? m->base : "/";
}

/* base/a or base/a/b into path. */
static vsg_status join(char path[PATH_ROOM], const model *m, const char *a,
                       const char *b, vsg_error *err) {
  int n = snprintf(path, PATH_ROOM, "%s/%s%s%s", m->base, a, *b ? "/" : "", b);
  if (n < 0 || n >= PATH_ROOM) {
    return vsg_read_fail(m->r, err, "a path of over %d bytes", PATH_ROOM);
  }
  return VSG_OK;
}

/* The attribute of that name, or its pieces name0, name1, ... */
static vsg_status read_list(vsg_h5_strings *out, bool *found, model *m,
                            const char *path, const char *name,
                            vsg_error *err) {
  char piece[64];
  bool more;
  if (vsg_h5_read_strings(out, found, &m->h5, path, name, err)) {
    return err->code;
  }
  more = !*found;
  for (int i = 0; more; i++) {
    snprintf(piece, sizeof piece, "%s%d", name, i);
    if (vsg_h5_read_strings(out, &more, &m->h5, path, piece, err)) {
      return err->code;
    }
    *found = *found || more;
  }
  return VSG_OK;
}

static vsg_status not_keras(const model *m, const char *what, const char *path,
                            vsg_error *err) {
  return vsg_read_fail(m->r, err, "%s; not Keras's weights (in '%.200s')", what,
                       path);
}

static vsg_status add_dataset(model *m, const char *path, const char *name,
                              vsg_error *err) {
  vsg_tensor *t;
  if (m->out->count == NAMES_MOST) {
    return vsg_read_fail(m->r, err, "over %d weights", NAMES_MOST);
  }
  if (vsg_h5_read_dataset(&t, &m->h5, path, err)) return err->code;
  return vsg_weights_add(m->out, m->r, name, strlen(name), t, err);
}

/* An attribute that need not be there becomes a note. */
static vsg_status read_note(model *m, const char *path, const char *name,
                            const char *key, vsg_error *err) {
  vsg_h5_strings text = {NULL, 0};
  bool found;
  vsg_status status =
      vsg_h5_read_strings(&text, &found, &m->h5, path, name, err);
  if (!status && text.count == 1) {
    status = vsg_weights_note(m->out, m->r, key, strlen(key), text.items[0],
                              strlen(text.items[0]), err);
  }
  vsg_h5_strings_free(&text);
  return status;
}

/* ---- Keras 1 and 2 ---- */

static vsg_status add_owner(model *m, const char *layer, vsg_error *err) {
  size_t bytes = strlen(layer) + 1; /* and a newline */
  void *owners = m->owners;         /* vsg_list_reserve's type */
  if (vsg_weights_count(m->out, m->r, bytes, err) ||
      vsg_list_reserve(&owners, m->owners_length, bytes, &m->owners_room, 1,
                       "keras_h5", err)) {
    return err->code;
  }
  m->owners = owners;
  memcpy(m->owners + m->owners_length, layer, bytes - 1);
  m->owners_length += bytes;
  m->owners[m->owners_length - 1] = '\n';
  return VSG_OK;
}

static vsg_status read_weights(model *m, const char *layer,
                               const vsg_h5_strings *names, vsg_error *err) {
  char path[PATH_ROOM];
  for (size_t i = 0; i < names->count; i++) {
    const char *name = names->items[i];
    if (join(path, m, layer, name, err)) return err->code;
    if (add_dataset(m, path, name, err)) return err->code;
    if (add_owner(m, layer, err)) return err->code;
  }
  return VSG_OK;
}

static vsg_status read_layer(model *m, const char *layer, vsg_error *err) {
  char path[PATH_ROOM];
  vsg_h5_strings names = {NULL, 0};
  vsg_status status;
  bool found;
  if (join(path, m, layer, "", err)) return err->code;
  status = read_list(&names, &found, m, path, "weight_names", err);
  if (!status && !found) {
    status = not_keras(m, "no attribute weight_names", path, err);
  }
  if (!status) status = read_weights(m, layer, &names, err);
  vsg_h5_strings_free(&names);
  return status;
}

static vsg_status read_layers(model *m, bool *found, vsg_error *err) {
  static const char owners[] = "weight_layers";
  vsg_h5_strings layers = {NULL, 0};
  vsg_status status =
      read_list(&layers, found, m, base_path(m), "layer_names", err);
  for (size_t i = 0; i < layers.count && !status; i++) {
    status = read_layer(m, layers.items[i], err);
  }
  if (*found && !status) {
    status =
        vsg_weights_note(m->out, m->r, owners, strlen(owners),
                         m->owners ? m->owners : "", m->owners_length, err);
  }
  free(m->owners);
  m->owners = NULL;
  vsg_h5_strings_free(&layers);
  return status;
}

/* ---- Keras 3 ---- */

/* Notes the name of an object whose group vars is the length bytes of path. */
static vsg_status note_name(model *m, const char *path, size_t length,
                            vsg_error *err) {
  char key[PATH_ROOM];
  size_t object = length - strlen("/vars");
  if (strncmp(m->named, path, length) == 0 && m->named[length] == '\0') {
    return VSG_OK;
  }
  memcpy(m->named, path, length);
  m->named[length] = '\0';
  if (object == 0) return VSG_OK; /* the model's own */
  memcpy(key, path + 1, object - 1);
  key[object - 1] = '\0';
  return read_note(m, m->named, "name", key, err);
}

static vsg_status visit_dataset(void *context, const char *path,
                                vsg_error *err) {
  model *m = context;
  size_t length = (size_t)(strrchr(path, '/') - path); /* paths begin with / */
  size_t tail = strlen("/vars");
  if (length >= PATH_ROOM || length < tail ||
      memcmp(path + length - tail, "/vars", tail) != 0) {
    return not_keras(m, "no attribute layer_names, no group vars", path, err);
  }
  if (note_name(m, path, length, err)) return err->code;
  return add_dataset(m, path, path + 1, err);
}

/* ---- either ---- */

static vsg_status read_model(model *m, vsg_error *err) {
  bool whole, found;
  if (vsg_h5_exists(&whole, &m->h5, "/model_weights", err)) return err->code;
  m->base = whole ? "/model_weights" : "";
  if (read_note(m, base_path(m), "keras_version", "keras_version", err) ||
      read_note(m, base_path(m), "backend", "backend", err) ||
      read_note(m, "/", "model_config", "model_config", err) ||
      read_layers(m, &found, err)) {
    return err->code;
  }
  if (found) return VSG_OK;
  if (whole) return not_keras(m, "no attribute layer_names", m->base, err);
  if (vsg_h5_walk(&m->h5, visit_dataset, m, err)) return err->code;
  if (m->out->count > 0) return VSG_OK;
  return not_keras(m, "no attribute layer_names, no group vars", "/", err);
}

static bool sniff(const unsigned char *data, size_t size) {
  size_t at;
  return vsg_h5_locate(&at, data, size);
}

vsg_status vsg_keras_h5_read(vsg_weights *out, const vsg_reader *r,
                             vsg_error *err) {
  model m = {.out = out, .r = r};
  if (vsg_h5_open(&m.h5, r, err)) return err->code;
  return read_model(&m, err);
}

static vsg_status read_keras_h5(vsg_weights *out, vsg_reader *r,
                                vsg_error *err) {
  return vsg_keras_h5_read(out, r, err);
}

const vsg_loader vsg_loader_keras_h5 = {"keras_h5", sniff, read_keras_h5};
