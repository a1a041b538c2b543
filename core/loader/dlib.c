/* dlib's serialised networks, as far as its face ResNet needs them
 * (dlib_face_recognition_resnet_model_v1.dat). Described from the behaviour of
 * dlib's dnn/core.h, layers.h, loss.h and input.h; the elements, integers to
 * aliases, are in dlib_read.h.
 *
 * A network is nested from the loss inwards, and each wrapper writes its
 * version before what it wraps and its own content after. So the file begins
 * with a run of versions: 1 the loss, then its kind (a string such as
 * "loss_metric_2") and numbers; for each wrapper, from the output back to the
 * input, 2 for a layer and 1 for a tag or skip, which has no content; 3 for the
 * layer next to the input. The input follows, then the layers from the input to
 * the output: each a string, its kind and version ("con_4"), what the kind
 * writes, and three booleans, gradients and outputs left over from training,
 * which are skipped.
 *
 * Names are NN.KIND.SLOT, where NN counts the layers that have parameters from
 * the input on, from 01: "01.con.weight" (out, in, rows, columns),
 * "01.con.bias" (out), "02.affine.gamma" and ".beta" (channels), "59.fc.weight"
 * (in, out), as dlib keeps it, and "59.fc.bias". Notes tell the layers' other
 * numbers: "01.con" is "stride 2x2 pad 0x0", "input" the image's means. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/loader/dlib_read.h"
#include "core/loader/loader.h"

enum { WRAPPERS_MOST = 4096 };

typedef struct network {
  vsg_weights *out;
  vsg_reader *r;
  int layers; /* with parameters, so far */
} network;

static vsg_status unknown_kind(const char *what, const char *kind,
                               const vsg_reader *r, vsg_error *err) {
  return vsg_fail(err, VSG_UNSUPPORTED, "%s: offset %zu: %s '%s' of dlib",
                  r->name, r->at, what, kind);
}

/* ---- parameters ---- */

/* A layer's parameters and how far its aliases have used them up. */
typedef struct parameters {
  const unsigned char *bytes;
  size_t count, used;
} parameters;

static vsg_status read_parameters(parameters *out, vsg_reader *r,
                                  vsg_error *err) {
  out->used = 0;
  return vsg_dlib_tensor(&out->bytes, &out->count, r, err);
}

/* Adds NN.KIND.SLOT, of the dims axes of the alias from first on. */
static vsg_status add_slot(network *net, const char *kind, const char *slot,
                           parameters *from, const vsg_dlib_alias *a, int first,
                           int dims, vsg_error *err) {
  char name[VSG_DLIB_KIND * 2];
  long shape[4];
  size_t covered = 1;
  vsg_tensor *t;
  for (int i = 0; i < dims; i++) {
    shape[i] = a->shape[first + i];
    covered *= (size_t)shape[i]; /* a factor of count, or more than it */
  }
  if (covered != a->count || a->count > from->count - from->used) {
    return vsg_read_fail(net->r, err,
                         "%s.%s of %zu elements, the layer has %zu left", kind,
                         slot, a->count, from->count - from->used);
  }
  if (vsg_tensor_new(&t, VSG_f32, dims, shape, err)) return err->code;
  memcpy(vsg_tensor_data(t), from->bytes + from->used * sizeof(float),
         a->count * sizeof(float));
  from->used += a->count;
  snprintf(name, sizeof name, "%02d.%s.%s", net->layers, kind, slot);
  return vsg_weights_add(net->out, net->r, name, strlen(name), t, err);
}

static vsg_status check_used(const parameters *p, const vsg_reader *r,
                             vsg_error *err) {
  if (p->used == p->count) return VSG_OK;
  return vsg_read_fail(r, err, "a layer of %zu parameters uses %zu", p->count,
                       p->used);
}

static vsg_status note_layer(network *net, const char *kind, const char *text,
                             vsg_error *err) {
  char key[VSG_DLIB_KIND * 2];
  snprintf(key, sizeof key, "%02d.%s", net->layers, kind);
  return vsg_weights_note(net->out, net->r, key, strlen(key), text,
                          strlen(text), err);
}

/* ---- the kinds of layers ---- */

/* con_4; con_5 adds use_bias, con_6 use_relu. */
static vsg_status read_con(network *net, const char *version, vsg_error *err) {
  int64_t n[7]; /* filters, kernel and stride and padding (rows, columns) */
  char text[96];
  parameters p;
  vsg_dlib_alias weight, bias;
  bool has_bias = true, relu = false;
  if (read_parameters(&p, net->r, err) ||
      vsg_dlib_integers(n, 7, net->r, err) ||
      vsg_dlib_alias_read(&weight, net->r, err) ||
      vsg_dlib_alias_read(&bias, net->r, err) ||
      vsg_dlib_skip_floats(net->r, 4, err)) {
    return err->code;
  }
  if (version[4] >= '5' && vsg_dlib_bool(&has_bias, net->r, err))
    return err->code;
  if (version[4] == '6' && vsg_dlib_bool(&relu, net->r, err)) return err->code;
  net->layers++;
  snprintf(text, sizeof text,
           "stride %" PRId64 "x%" PRId64 " pad %" PRId64 "x%" PRId64 "%s", n[3],
           n[4], n[5], n[6], relu ? " relu" : "");
  if (note_layer(net, "con", text, err)) return err->code;
  if (add_slot(net, "con", "weight", &p, &weight, 0, 4, err)) return err->code;
  if (has_bias && add_slot(net, "con", "bias", &p, &bias, 1, 1, err)) {
    return err->code;
  }
  return check_used(&p, net->r, err);
}

/* affine_; affine_2 adds disabled. */
static vsg_status read_affine(network *net, const char *version,
                              vsg_error *err) {
  int64_t mode;
  parameters p;
  vsg_dlib_alias gamma, beta;
  bool disabled;
  if (read_parameters(&p, net->r, err) ||
      vsg_dlib_alias_read(&gamma, net->r, err) ||
      vsg_dlib_alias_read(&beta, net->r, err) ||
      vsg_dlib_integer(&mode, net->r, err)) {
    return err->code;
  }
  if (version[7] == '2' && vsg_dlib_bool(&disabled, net->r, err)) {
    return err->code;
  }
  net->layers++;
  if (add_slot(net, "affine", "gamma", &p, &gamma, 1, 1, err) ||
      add_slot(net, "affine", "beta", &p, &beta, 1, 1, err)) {
    return err->code;
  }
  return check_used(&p, net->r, err);
}

/* fc_2; fc_3 adds use_bias. */
static vsg_status read_fc(network *net, const char *version, vsg_error *err) {
  int64_t sizes[2], mode; /* outputs, inputs; 0: with bias, 1: without */
  parameters p;
  vsg_dlib_alias weight, bias;
  bool has_bias = true;
  if (vsg_dlib_integers(sizes, 2, net->r, err) ||
      read_parameters(&p, net->r, err) ||
      vsg_dlib_alias_read(&weight, net->r, err) ||
      vsg_dlib_alias_read(&bias, net->r, err) ||
      vsg_dlib_integer(&mode, net->r, err) ||
      vsg_dlib_skip_floats(net->r, 4, err)) {
    return err->code;
  }
  if (version[3] == '3' && vsg_dlib_bool(&has_bias, net->r, err))
    return err->code;
  net->layers++;
  if (add_slot(net, "fc", "weight", &p, &weight, 0, 2, err)) return err->code;
  if (mode == 0 && has_bias &&
      add_slot(net, "fc", "bias", &p, &bias, 1, 1, err)) {
    return err->code;
  }
  return check_used(&p, net->r, err);
}

/* Kernel, stride and padding: the network's definition has them too. */
static vsg_status read_pool(network *net, const char *version, vsg_error *err) {
  int64_t n[6];
  (void)version;
  return vsg_dlib_integers(n, 6, net->r, err);
}

static vsg_status read_nothing(network *net, const char *version,
                               vsg_error *err) {
  (void)net;
  (void)version;
  (void)err;
  return VSG_OK;
}

static vsg_status read_relu(network *net, const char *version, vsg_error *err) {
  bool disabled;
  (void)version;
  return vsg_dlib_bool(&disabled, net->r, err);
}

typedef struct layer_kind {
  const char *name;
  vsg_status (*read)(network *net, const char *version, vsg_error *err);
} layer_kind;

static const layer_kind kinds[] = {
    {"con_4", read_con},       {"con_5", read_con},
    {"con_6", read_con},       {"affine_", read_affine},
    {"affine_2", read_affine}, {"fc_2", read_fc},
    {"fc_3", read_fc},         {"max_pool_2", read_pool},
    {"avg_pool_2", read_pool}, {"relu_", read_nothing},
    {"relu_2", read_relu},     {"add_prev_", read_nothing},
};

static vsg_status read_details(network *net, vsg_error *err) {
  char kind[VSG_DLIB_KIND];
  if (vsg_dlib_kind(kind, net->r, err)) return err->code;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (strcmp(kind, kinds[i].name) == 0) return kinds[i].read(net, kind, err);
  }
  return unknown_kind("a layer", kind, net->r, err);
}

/* ---- the network ---- */

static vsg_status read_loss(network *net, vsg_error *err) {
  char kind[VSG_DLIB_KIND];
  if (vsg_dlib_version(1, "a loss", net->r, err)) return err->code;
  if (vsg_dlib_kind(kind, net->r, err)) return err->code;
  if (strcmp(kind, "loss_metric_") == 0) return VSG_OK;
  if (strcmp(kind, "loss_metric_2") != 0) {
    return unknown_kind("a loss", kind, net->r, err);
  }
  return vsg_dlib_skip_floats(net->r, 2, err); /* margin, distance threshold */
}

/* Counts the layers between the loss and the one next to the input. */
static vsg_status read_wrappers(int *layers, vsg_reader *r, vsg_error *err) {
  int64_t version;
  *layers = 0;
  for (int i = 0; i < WRAPPERS_MOST; i++) {
    if (vsg_dlib_integer(&version, r, err)) return err->code;
    if (version == 3) return VSG_OK;
    if (version == 2) {
      *layers += 1;
    } else if (version != 1) {
      return vsg_read_fail(r, err, "a layer of version %" PRId64, version);
    }
  }
  return vsg_read_fail(r, err, "over %d layers", WRAPPERS_MOST);
}

static vsg_status read_input(network *net, vsg_error *err) {
  char kind[VSG_DLIB_KIND], text[128];
  double mean[3];
  int64_t size[2] = {0, 0};
  if (vsg_dlib_kind(kind, net->r, err)) return err->code;
  if (strcmp(kind, "input_rgb_image") != 0 &&
      strcmp(kind, "input_rgb_image_sized") != 0) {
    return unknown_kind("an input", kind, net->r, err);
  }
  for (int i = 0; i < 3; i++) {
    if (vsg_dlib_float(&mean[i], net->r, err)) return err->code;
  }
  if (strcmp(kind, "input_rgb_image_sized") == 0 &&
      vsg_dlib_integers(size, 2, net->r, err)) {
    return err->code;
  }
  snprintf(text, sizeof text, "rgb %" PRId64 "x%" PRId64 " mean %.7g %.7g %.7g",
           size[0], size[1], mean[0], mean[1], mean[2]);
  return vsg_weights_note(net->out, net->r, "input", strlen("input"), text,
                          strlen(text), err);
}

/* What follows a layer's details: three booleans, two tensors and the
 * gradients of its parameters (version 2) or of the input (version 3). */
static vsg_status skip_state(vsg_reader *r, vsg_error *err) {
  bool ignored;
  for (int i = 0; i < 3; i++) {
    if (vsg_dlib_bool(&ignored, r, err)) return err->code;
  }
  return vsg_dlib_skip_tensors(r, 3, err);
}

static vsg_status read_layers(network *net, vsg_error *err) {
  int64_t expansion; /* samples made of one image; only the first layer's */
  int layers;
  if (read_loss(net, err)) return err->code;
  if (read_wrappers(&layers, net->r, err)) return err->code;
  if (read_input(net, err)) return err->code;
  if (read_details(net, err) || skip_state(net->r, err) ||
      vsg_dlib_integer(&expansion, net->r, err)) {
    return err->code;
  }
  for (int i = 0; i < layers; i++) {
    if (read_details(net, err)) return err->code;
    if (skip_state(net->r, err)) return err->code;
  }
  if (net->r->at != net->r->size) {
    return vsg_read_fail(net->r, err, "%zu bytes are left after the last layer",
                         net->r->size - net->r->at);
  }
  return VSG_OK;
}

/* ---- the loader ---- */

/* Version 1 and a short string that begins with "loss_". */
static bool sniff(const unsigned char *data, size_t size) {
  return size >= 9 && memcmp(data, "\1\1\1", 3) == 0 &&
         memcmp(data + 4, "loss_", 5) == 0;
}

static vsg_status read_dlib(vsg_weights *out, vsg_reader *r, vsg_error *err) {
  network net = {out, r, 0};
  return read_layers(&net, err);
}

const vsg_loader vsg_loader_dlib = {"dlib", sniff, read_dlib};
