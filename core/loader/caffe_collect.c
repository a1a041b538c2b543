/* The collector of what is read of a Caffe net; see caffe.h. The fields of a
 * message come in any order, so a layer's are gathered until it ends. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/loader/caffe.h"
#include "core/loader/network.h"

enum {
  KEY_MOST = 96,      /* the longest of the table has half of it */
  ITEMS_MOST = 512,   /* of one layer; a convolution has some ten */
  VALUES_MOST = 4096, /* of one list */
  DEPTH_MOST = 8,     /* the table has messages in messages in messages */
};

static const double INTEGER_MOST = 0x1p53;

/* Values of one key: numbers, or texts one after another, each with its end
 * mark. A message that repeats has neither, only a count. */
typedef struct item {
  char key[KEY_MOST];
  bool list;
  size_t count; /* values or messages */
  double *number;
  char *text;
  size_t number_room, text_size, text_room;
} item;

typedef struct gathered {
  item *items;
  size_t count, room;
} gathered;

struct vsg_caffe {
  vsg_weights *out;
  const vsg_reader *r;
  gathered net, layer;
  vsg_tensor **blobs;
  size_t blob_count, blob_room;
  /* The messages at hand. The first in a net is a layer, or input_shape. */
  bool in_layer;
  size_t depth;
  size_t prefix_at[DEPTH_MOST]; /* where the prefix ended in those around it */
  size_t prefix_length;
  char prefix[KEY_MOST]; /* "convolution_param." */
};

/* ---- life ---- */

vsg_status vsg_caffe_new(vsg_caffe **out, vsg_weights *w, const vsg_reader *r,
                         vsg_error *err) {
  *out = calloc(1, sizeof **out);
  if (!*out) return vsg_fail_memory(err, r->name, sizeof **out);
  (*out)->out = w;
  (*out)->r = r;
  return VSG_OK;
}

static void clear(gathered *g) {
  for (size_t i = 0; i < g->count; i++) {
    free(g->items[i].number);
    free(g->items[i].text);
  }
  g->count = 0;
}

static void clear_layer(vsg_caffe *c) {
  clear(&c->layer);
  for (size_t i = 0; i < c->blob_count; i++) vsg_tensor_free(c->blobs[i]);
  c->blob_count = 0;
}

void vsg_caffe_free(vsg_caffe *c) {
  if (!c) return;
  clear(&c->net);
  clear_layer(c);
  free(c->net.items);
  free(c->layer.items);
  free(c->blobs);
  free(c);
}

/* ---- gathering ---- */

static item *find(const gathered *g, const char *key) {
  /* A list's values come together, so the last item is the likely one. */
  for (size_t i = g->count; i-- > 0;) {
    if (strcmp(g->items[i].key, key) == 0) return &g->items[i];
  }
  return NULL;
}

/* *out is the item of the key in the layer or the net at hand, made when it is
 * new. It stays where it is until the next call. */
static vsg_status item_of(item **out, vsg_caffe *c, const char *key, bool list,
                          vsg_error *err) {
  gathered *g = c->in_layer ? &c->layer : &c->net;
  void *items = g->items; /* vsg_list_grow's type */
  *out = find(g, key);
  if (*out) return VSG_OK;
  if (g->count >= ITEMS_MOST) {
    return vsg_read_fail(c->r, err, "over %d fields of a layer or net",
                         ITEMS_MOST);
  }
  if (vsg_list_grow(&items, g->count, &g->room, sizeof **out, c->r->name,
                    err)) {
    return err->code;
  }
  g->items = items;
  *out = &g->items[g->count++];
  **out = (item){.list = list};
  snprintf((*out)->key, sizeof(*out)->key, "%s", key);
  return VSG_OK;
}

/* *out is the item of the key, ready for a value: one more of a list, else the
 * only one. */
static vsg_status value_of(item **out, vsg_caffe *c, const char *key, bool list,
                           vsg_error *err) {
  if (item_of(out, c, key, list, err)) return err->code;
  if (!list) {
    (*out)->count = (*out)->text_size = 0;
  } else if ((*out)->count >= VALUES_MOST) {
    return vsg_read_fail(c->r, err, "over %d values of '%s'", VALUES_MOST, key);
  }
  return VSG_OK;
}

/* The path of a field of the message at hand. */
static const char *path_of(char key[KEY_MOST], const vsg_caffe *c,
                           const char *name) {
  snprintf(key, KEY_MOST, "%s%s", c->prefix, name);
  return key;
}

vsg_status vsg_caffe_number(vsg_caffe *c, const vsg_caffe_field *f,
                            double number, vsg_error *err) {
  char key[KEY_MOST];
  item *i;
  path_of(key, c, f->name);
  /* Beyond that a double is not the number that the file has. */
  if (f->kind == VSG_CAFFE_INTEGER && !(fabs(number) <= INTEGER_MOST)) {
    return vsg_read_fail(c->r, err, "'%s' is %g", key, number);
  }
  if (value_of(&i, c, key, f->list, err)) return err->code;
  void *numbers = i->number; /* vsg_list_grow's type */
  if (vsg_list_grow(&numbers, i->count, &i->number_room, sizeof number,
                    c->r->name, err)) {
    return err->code;
  }
  i->number = numbers;
  i->number[i->count++] =
      f->kind == VSG_CAFFE_FLOAT ? (double)(float)number : number;
  return VSG_OK;
}

static vsg_status put_text(vsg_caffe *c, const char *key, bool list,
                           const char *text, size_t length, vsg_error *err) {
  item *i;
  if (memchr(text, '\0', length)) {
    return vsg_read_fail(c->r, err, "the text of '%s' holds a zero byte", key);
  }
  if (value_of(&i, c, key, list, err)) return err->code;
  void *texts = i->text; /* vsg_list_reserve's type */
  if (vsg_list_reserve(&texts, i->text_size, length + 1, &i->text_room, 1,
                       c->r->name, err)) {
    return err->code;
  }
  i->text = texts;
  memcpy(i->text + i->text_size, text, length);
  i->text[i->text_size + length] = '\0';
  i->text_size += length + 1;
  i->count++;
  return VSG_OK;
}

vsg_status vsg_caffe_text(vsg_caffe *c, const vsg_caffe_field *f,
                          const char *text, size_t length, vsg_error *err) {
  char key[KEY_MOST];
  return put_text(c, path_of(key, c, f->name), f->list, text, length, err);
}

vsg_status vsg_caffe_choose(vsg_caffe *c, const vsg_caffe_field *f,
                            int64_t number, vsg_error *err) {
  char other[32];
  for (const vsg_caffe_choice *p = f->choice; p->name; p++) {
    if (p->number == number) {
      return vsg_caffe_text(c, f, p->name, strlen(p->name), err);
    }
  }
  snprintf(other, sizeof other, "#%lld", (long long)number);
  return vsg_caffe_text(c, f, other, strlen(other), err);
}

vsg_status vsg_caffe_unknown(vsg_caffe *c, const char *name, size_t length,
                             vsg_error *err) {
  char path[2 * KEY_MOST];
  /* Of a layer itself, what the table lacks is of other types of layers. */
  if (!c->in_layer || c->prefix_length == 0) return VSG_OK;
  snprintf(path, sizeof path, "%s%.*s", c->prefix,
           length < KEY_MOST ? (int)length : KEY_MOST, name);
  return put_text(c, "unknown", false, path, strlen(path), err);
}

vsg_status vsg_caffe_blob(vsg_caffe *c, vsg_tensor *blob, vsg_error *err) {
  void *blobs = c->blobs; /* vsg_list_grow's type */
  if (vsg_list_grow(&blobs, c->blob_count, &c->blob_room, sizeof *c->blobs,
                    c->r->name, err)) {
    vsg_tensor_free(blob);
    return err->code;
  }
  c->blobs = blobs;
  c->blobs[c->blob_count++] = blob;
  return VSG_OK;
}

/* ---- layers to operators ---- */

/* The first text of the key, or "". */
static const char *text_of(const gathered *g, const char *key) {
  const item *i = find(g, key);
  return i && i->text ? i->text : "";
}

typedef vsg_status (*add_value)(vsg_weights *, const vsg_reader *, const char *,
                                size_t, vsg_error *);

static vsg_status add_values(vsg_caffe *c, add_value add, const item *i,
                             vsg_error *err) {
  const char *text = i->text;
  for (size_t k = 0; k < i->count; k++, text += strlen(text) + 1) {
    if (add(c->out, c->r, text, strlen(text), err)) return err->code;
  }
  return VSG_OK;
}

static vsg_status add_item(vsg_caffe *c, const item *i, vsg_error *err) {
  if (strcmp(i->key, "bottom") == 0) {
    return add_values(c, vsg_operator_input, i, err);
  }
  if (strcmp(i->key, "top") == 0) {
    return add_values(c, vsg_operator_output, i, err);
  }
  if (strcmp(i->key, "name") == 0 || strcmp(i->key, "type") == 0) {
    return VSG_OK;
  }
  if (i->text) {
    return vsg_operator_text(c->out, c->r, i->key, strlen(i->key), i->text,
                             strlen(i->text), err);
  }
  if (!i->number) {
    double messages = (double)i->count;
    return vsg_operator_numbers(c->out, c->r, i->key, strlen(i->key), &messages,
                                1, false, err);
  }
  return vsg_operator_numbers(c->out, c->r, i->key, strlen(i->key), i->number,
                              i->count, i->list, err);
}

static vsg_status add_blobs(vsg_caffe *c, const char *name, vsg_error *err) {
  size_t size = strlen(name) + 24;
  char *key = malloc(size);
  vsg_status status = VSG_OK;
  if (!key) return vsg_fail_memory(err, c->r->name, size);
  for (size_t i = 0; i < c->blob_count && !status; i++) {
    vsg_tensor *blob = c->blobs[i];
    snprintf(key, size, "%s.%zu", name, i + 1);
    c->blobs[i] = NULL;
    status = vsg_weights_add(c->out, c->r, key, strlen(key), blob, err);
  }
  free(key);
  return status;
}

static vsg_status end_layer(vsg_caffe *c, vsg_error *err) {
  const char *name = text_of(&c->layer, "name");
  const char *type = text_of(&c->layer, "type");
  if (!*type) return vsg_read_fail(c->r, err, "layer '%s' has no type", name);
  if (vsg_network_operator(c->out, c->r, type, strlen(type), name, strlen(name),
                           err)) {
    return err->code;
  }
  for (size_t i = 0; i < c->layer.count; i++) {
    if (add_item(c, &c->layer.items[i], err)) return err->code;
  }
  return add_blobs(c, name, err);
}

/* ---- messages ---- */

/* Appends [COUNT] to the key of a message that repeats. */
static vsg_status count_message(vsg_caffe *c, char key[KEY_MOST],
                                vsg_error *err) {
  item *i;
  size_t length = strlen(key);
  if (item_of(&i, c, key, true, err)) return err->code;
  i->count++;
  snprintf(key + length, KEY_MOST - length, "[%zu]", i->count);
  return VSG_OK;
}

vsg_status vsg_caffe_enter(vsg_caffe *c, const vsg_caffe_field *f,
                           vsg_error *err) {
  char key[KEY_MOST];
  bool is_layer = c->depth == 0 && (strcmp(f->name, "layer") == 0 ||
                                    strcmp(f->name, "layers") == 0);
  if (c->depth >= DEPTH_MOST) {
    return vsg_read_fail(c->r, err, "messages nested over %d deep", DEPTH_MOST);
  }
  c->prefix_at[c->depth++] = c->prefix_length;
  if (is_layer) {
    c->in_layer = true;
    return VSG_OK;
  }
  path_of(key, c, f->name);
  if (f->list && count_message(c, key, err)) return err->code;
  c->prefix_length = (size_t)snprintf(c->prefix, sizeof c->prefix, "%s.", key);
  return VSG_OK;
}

vsg_status vsg_caffe_leave(vsg_caffe *c, vsg_error *err) {
  c->prefix_length = c->prefix_at[--c->depth];
  c->prefix[c->prefix_length] = '\0';
  if (c->depth > 0 || !c->in_layer) return VSG_OK;
  if (end_layer(c, err)) return err->code;
  clear_layer(c);
  c->in_layer = false;
  return VSG_OK;
}

/* ---- the net ---- */

/* The sizes of the input that is number index of all: from input_shape, or four
 * of input_dim, or none. */
static vsg_status input_sizes(const double **out, size_t *count, vsg_caffe *c,
                              size_t index, size_t inputs, vsg_error *err) {
  char key[KEY_MOST];
  const item *shapes = find(&c->net, "input_shape");
  const item *dims = find(&c->net, "input_dim");
  *out = NULL;
  *count = 0;
  if (shapes) {
    if (shapes->count != inputs) {
      return vsg_read_fail(c->r, err, "%zu of input_shape for %zu inputs",
                           shapes->count, inputs);
    }
    snprintf(key, sizeof key, "input_shape[%zu].dim", index + 1);
    dims = find(&c->net, key);
    if (dims) *out = dims->number;
    if (dims) *count = dims->count;
  } else if (dims) {
    if (dims->count != 4 * inputs) {
      return vsg_read_fail(c->r, err, "%zu of input_dim for %zu inputs",
                           dims->count, inputs);
    }
    *out = dims->number + 4 * index;
    *count = 4;
  }
  return VSG_OK;
}

static vsg_status add_input(vsg_caffe *c, const char *name, size_t index,
                            size_t inputs, vsg_error *err) {
  const double *size;
  size_t count;
  long dim[VSG_MAX_DIMS];
  if (input_sizes(&size, &count, c, index, inputs, err)) return err->code;
  if (count > VSG_MAX_DIMS) {
    return vsg_read_fail(c->r, err, "an input of %zu axes, at most %d wanted",
                         count, VSG_MAX_DIMS);
  }
  for (size_t i = 0; i < count; i++) {
    if (size[i] < 1 || size[i] > INT32_MAX) {
      return vsg_read_fail(c->r, err, "input '%.80s' has a size of %g", name,
                           size[i]);
    }
    dim[i] = (long)size[i];
  }
  return vsg_network_input(c->out, c->r, name, strlen(name), dim, (int)count,
                           err);
}

vsg_status vsg_caffe_finish(vsg_caffe *c, vsg_error *err) {
  const item *inputs = find(&c->net, "input");
  const char *name = text_of(&c->net, "name");
  const char *at = text_of(&c->net, "input");
  for (size_t i = 0; inputs && i < inputs->count; i++) {
    if (add_input(c, at, i, inputs->count, err)) return err->code;
    at += strlen(at) + 1;
  }
  if (!*name) return VSG_OK;
  return vsg_weights_note(c->out, c->r, "name", strlen("name"), name,
                          strlen(name), err);
}
