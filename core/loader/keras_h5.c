/* Keras's HDF5 files (.h5): weights alone, or a whole model with its weights in
 * the group model_weights; Keras 1 and 2, and what Keras 3 still writes as .h5.
 *
 *   attribute layer_names    the layers' names in order, each a group here
 *     LAYER, attribute weight_names   names such as "conv1/7x7_s2/kernel:0",
 *       LAYER/NAME                    each a dataset under its layer's group
 *
 * A "/" in a name makes nested groups. A list too long for one attribute is cut
 * into layer_names0, layer_names1 and so on. Tensors are named exactly as
 * weight_names has them, in its order; axes stay as Keras keeps them (kernels
 * are rows, columns, in, out). The attributes keras_version, backend and
 * model_config become notes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  const char *base; /* "" or "/model_weights" */
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
static vsg_status read_list(vsg_h5_strings *out, model *m, const char *path,
                            const char *name, vsg_error *err) {
  char piece[64];
  bool found;
  if (vsg_h5_read_strings(out, &found, &m->h5, path, name, err)) {
    return err->code;
  }
  for (int i = 0; !found; i++) {
    snprintf(piece, sizeof piece, "%s%d", name, i);
    if (vsg_h5_read_strings(out, &found, &m->h5, path, piece, err)) {
      return err->code;
    }
    if (!found && i > 0) return VSG_OK;
    if (!found) {
      return vsg_read_fail(m->r, err,
                           "no attribute %s; not Keras's weights "
                           "(in '%.200s')",
                           name, path);
    }
    found = false; /* another piece may follow */
  }
  return VSG_OK;
}

static vsg_status read_weights(model *m, const char *layer,
                               const vsg_h5_strings *names, vsg_error *err) {
  char path[PATH_ROOM];
  vsg_tensor *t;
  for (size_t i = 0; i < names->count; i++) {
    const char *name = names->items[i];
    if (m->out->count == NAMES_MOST) {
      return vsg_read_fail(m->r, err, "over %d weights", NAMES_MOST);
    }
    if (join(path, m, layer, name, err)) return err->code;
    if (vsg_h5_read_dataset(&t, &m->h5, path, err)) return err->code;
    if (vsg_weights_add(m->out, m->r, name, strlen(name), t, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status read_layer(model *m, const char *layer, vsg_error *err) {
  char path[PATH_ROOM];
  vsg_h5_strings names = {NULL, 0};
  vsg_status status;
  if (join(path, m, layer, "", err)) return err->code;
  status = read_list(&names, m, path, "weight_names", err);
  if (!status) status = read_weights(m, layer, &names, err);
  vsg_h5_strings_free(&names);
  return status;
}

static vsg_status read_layers(model *m, vsg_error *err) {
  vsg_h5_strings layers = {NULL, 0};
  vsg_status status = read_list(&layers, m, base_path(m), "layer_names", err);
  for (size_t i = 0; i < layers.count && !status; i++) {
    status = read_layer(m, layers.items[i], err);
  }
  vsg_h5_strings_free(&layers);
  return status;
}

/* An attribute that need not be there. */
static vsg_status read_note(model *m, const char *path, const char *name,
                            vsg_error *err) {
  vsg_h5_strings text = {NULL, 0};
  bool found;
  vsg_status status =
      vsg_h5_read_strings(&text, &found, &m->h5, path, name, err);
  if (!status && text.count == 1) {
    status = vsg_weights_note(m->out, m->r, name, strlen(name), text.items[0],
                              strlen(text.items[0]), err);
  }
  vsg_h5_strings_free(&text);
  return status;
}

static vsg_status read_model(model *m, vsg_error *err) {
  bool whole;
  if (vsg_h5_exists(&whole, &m->h5, "/model_weights", err)) return err->code;
  m->base = whole ? "/model_weights" : "";
  if (read_note(m, base_path(m), "keras_version", err) ||
      read_note(m, base_path(m), "backend", err) ||
      read_note(m, "/", "model_config", err)) {
    return err->code;
  }
  return read_layers(m, err);
}

static bool sniff(const unsigned char *data, size_t size) {
  static const char signature[8] = "\x89HDF\r\n\x1a\n";
  return size >= sizeof signature &&
         memcmp(data, signature, sizeof signature) == 0;
}

static vsg_status read_keras_h5(vsg_weights *out, vsg_reader *r,
                                vsg_error *err) {
  model m = {.out = out, .r = r};
  if (vsg_h5_open(&m.h5, r, err)) return err->code;
  return read_model(&m, err);
}

const vsg_loader vsg_loader_keras_h5 = {"keras_h5", sniff, read_keras_h5};
