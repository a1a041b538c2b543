/* Reading the .xml of an OpenVINO IR with expat; see openvino_xml.h. */
#include "core/loader/openvino_xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"

enum {
  DEPTH_MOST = 64,
  PORTS_MOST = 1024,   /* of one layer */
  NAME_MOST = 1 << 12, /* bytes of a name or a type */
  BYTES_MOST = 1 << 26 /* of the document; expat counts in int */
};

/* ---- where in the document the parser is ---- */

typedef enum place {
  TOP,
  NET,
  LAYERS,
  LAYER,
  INPUT,
  OUTPUT,
  EDGES,
  LEAF /* what it holds is of no interest */
} place;

typedef struct edge {
  long from_layer, from_port, to_layer, to_port;
  size_t at;
} edge;

typedef struct parser {
  XML_Parser expat;
  vsg_ir *ir;
  vsg_reader r; /* a copy, whose at follows expat */
  vsg_error *err;
  bool failed, seen;
  int depth;
  place
      open[DEPTH_MOST + 1]; /* the elements around; LEAF for those passed by */
  edge *edge;
  size_t edges, edge_room;
} parser;

static vsg_reader *here(parser *p) {
  XML_Index at = XML_GetCurrentByteIndex(p->expat); /* -1 before any */
  p->r.at = at > 0 ? (size_t)at : 0;
  return &p->r;
}

/* expat's callbacks return nothing: the error waits in p->err. */
static void stop(parser *p) {
  p->failed = true;
  XML_StopParser(p->expat, XML_FALSE);
}

/* ---- texts and numbers ---- */

static const char *attribute(const XML_Char **list, const char *key) {
  for (; *list; list += 2) {
    if (strcmp(list[0], key) == 0) return list[1];
  }
  return NULL;
}

static vsg_status keep(size_t *out, vsg_ir *ir, const char *text,
                       vsg_error *err) {
  size_t bytes = strlen(text) + 1;
  void *grown = ir->text; /* vsg_list_reserve's type */
  if (vsg_list_reserve(&grown, ir->length, bytes, &ir->text_room, 1, "openvino",
                       err)) {
    return err->code;
  }
  ir->text = grown;
  *out = ir->length;
  memcpy(ir->text + ir->length, text, bytes);
  ir->length += bytes;
  return VSG_OK;
}

/* The value of an attribute that must be there. */
static vsg_status need(const char **out, parser *p, const XML_Char **list,
                       const char *key) {
  *out = attribute(list, key);
  if (!*out) {
    return vsg_read_fail(here(p), p->err, "an element without attribute %s",
                         key);
  }
  if (strlen(*out) > NAME_MOST) {
    return vsg_read_fail(here(p), p->err, "attribute %s of over %d bytes", key,
                         NAME_MOST);
  }
  return VSG_OK;
}

static vsg_status need_number(long *out, parser *p, const XML_Char **list,
                              const char *key) {
  const char *text;
  if (need(&text, p, list, key)) return p->err->code;
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 9 || text[digits]) {
    return vsg_read_fail(here(p), p->err,
                         "attribute %s is '%.80s', a whole number is wanted",
                         key, text);
  }
  *out = strtol(text, NULL, 10);
  return VSG_OK;
}

/* ---- elements ---- */

static vsg_status start_net(parser *p, const XML_Char **list) {
  long version;
  p->seen = true;
  if (need_number(&version, p, list, "version")) return p->err->code;
  if (version == 10 || version == 11) return VSG_OK;
  return vsg_fail(p->err, VSG_UNSUPPORTED,
                  "%s: OpenVINO IR of version %ld, 10 and 11 are read",
                  p->r.name, version);
}

static vsg_status start_layer(parser *p, const XML_Char **list) {
  vsg_ir *ir = p->ir;
  vsg_ir_layer layer = {.attribute = ir->attributes, .port = ir->ports};
  const char *name, *type, *version = attribute(list, "version");
  void *grown = ir->layer; /* vsg_list_grow's type */
  if (need_number(&layer.id, p, list, "id") || need(&name, p, list, "name") ||
      need(&type, p, list, "type") || keep(&layer.name, ir, name, p->err) ||
      keep(&layer.type, ir, type, p->err) ||
      keep(&layer.version, ir, version ? version : "", p->err) ||
      vsg_list_grow(&grown, ir->layers, &ir->layer_room, sizeof layer,
                    "openvino", p->err)) {
    return p->err->code;
  }
  layer.at = here(p)->at;
  ir->layer = grown;
  ir->layer[ir->layers++] = layer;
  return VSG_OK;
}

static vsg_status start_data(parser *p, const XML_Char **list) {
  vsg_ir *ir = p->ir;
  for (; *list; list += 2) {
    vsg_ir_attribute a;
    void *grown = ir->attribute; /* vsg_list_grow's type */
    if (keep(&a.key, ir, list[0], p->err) ||
        keep(&a.value, ir, list[1], p->err) ||
        vsg_list_grow(&grown, ir->attributes, &ir->attribute_room, sizeof a,
                      "openvino", p->err)) {
      return p->err->code;
    }
    ir->attribute = grown;
    ir->attribute[ir->attributes++] = a;
    ir->layer[ir->layers - 1].attributes++;
  }
  return VSG_OK;
}

static vsg_status start_port(parser *p, const XML_Char **list) {
  vsg_ir *ir = p->ir;
  vsg_ir_layer *layer = &ir->layer[ir->layers - 1];
  vsg_ir_port port = {.output = p->open[p->depth - 1] == OUTPUT,
                      .layer = ir->layers - 1,
                      .source = VSG_IR_OPEN};
  void *grown = ir->port; /* vsg_list_grow's type */
  if (layer->ports == PORTS_MOST) {
    return vsg_read_fail(here(p), p->err, "a layer of over %d ports",
                         PORTS_MOST);
  }
  if (need_number(&port.id, p, list, "id") ||
      vsg_list_grow(&grown, ir->ports, &ir->port_room, sizeof port, "openvino",
                    p->err)) {
    return p->err->code;
  }
  ir->port = grown;
  ir->port[ir->ports++] = port;
  layer->ports++;
  return VSG_OK;
}

static vsg_status start_edge(parser *p, const XML_Char **list) {
  edge e = {.at = here(p)->at};
  void *grown = p->edge; /* vsg_list_grow's type */
  if (need_number(&e.from_layer, p, list, "from-layer") ||
      need_number(&e.from_port, p, list, "from-port") ||
      need_number(&e.to_layer, p, list, "to-layer") ||
      need_number(&e.to_port, p, list, "to-port") ||
      vsg_list_grow(&grown, p->edges, &p->edge_room, sizeof e, "openvino",
                    p->err)) {
    return p->err->code;
  }
  p->edge = grown;
  p->edge[p->edges++] = e;
  return VSG_OK;
}

/* The elements that mean something, and where. A layer may hold a whole net as
 * its body; that, like all others, is passed by. */
static const struct {
  place around;
  const char *name;
  place within;
  vsg_status (*start)(parser *p, const XML_Char **list); /* (optional) */
} elements[] = {
    {TOP, "net", NET, start_net},       {NET, "layers", LAYERS, NULL},
    {NET, "edges", EDGES, NULL},        {LAYERS, "layer", LAYER, start_layer},
    {LAYER, "data", LEAF, start_data},  {LAYER, "input", INPUT, NULL},
    {LAYER, "output", OUTPUT, NULL},    {INPUT, "port", LEAF, start_port},
    {OUTPUT, "port", LEAF, start_port}, {EDGES, "edge", LEAF, start_edge},
};

static void XMLCALL on_start(void *data, const XML_Char *name,
                             const XML_Char **list) {
  parser *p = data; /* expat's user data */
  place around = p->open[p->depth];
  if (p->failed) return;
  if (p->depth == DEPTH_MOST) {
    vsg_read_fail(here(p), p->err, "elements nested over %d deep", DEPTH_MOST);
    stop(p);
    return;
  }
  p->open[++p->depth] = LEAF;
  for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
    if (elements[i].around != around || strcmp(elements[i].name, name) != 0) {
      continue;
    }
    p->open[p->depth] = elements[i].within;
    if (elements[i].start && elements[i].start(p, list)) stop(p);
  }
}

static void XMLCALL on_end(void *data, const XML_Char *name) {
  parser *p = data; /* expat's user data */
  (void)name;
  if (!p->failed) p->depth--;
}

static void XMLCALL on_doctype(void *data, const XML_Char *name,
                               const XML_Char *system, const XML_Char *public,
                               int internal) {
  parser *p = data; /* expat's user data */
  (void)name, (void)system, (void)public, (void)internal;
  vsg_read_fail(here(p), p->err, "a document type declaration, none is wanted");
  stop(p);
}

/* ---- edges to ports ---- */

typedef struct place_of_id {
  long id;
  size_t layer;
} place_of_id;

static int by_id(const void *a, const void *b) {
  const place_of_id *x = a, *y = b; /* qsort's and bsearch's elements */
  return (x->id > y->id) - (x->id < y->id);
}

static vsg_status find_port(vsg_ir_port **out, parser *p,
                            const place_of_id *ids, long layer_id, long id,
                            bool output) {
  const place_of_id key = {.id = layer_id};
  const place_of_id *found =
      p->ir->layers ? bsearch(&key, ids, p->ir->layers, sizeof key, by_id)
                    : NULL;
  const vsg_ir_layer *layer = found ? &p->ir->layer[found->layer] : NULL;
  for (size_t i = 0; layer && i < layer->ports; i++) {
    *out = &p->ir->port[layer->port + i];
    if ((*out)->id == id && (*out)->output == output) return VSG_OK;
  }
  return vsg_read_fail(&p->r, p->err,
                       "an edge %s port %ld of layer %ld, which is not there",
                       output ? "from" : "to", id, layer_id);
}

static vsg_status connect(parser *p, const place_of_id *ids) {
  for (size_t i = 0; i < p->edges; i++) {
    const edge *e = &p->edge[i];
    vsg_ir_port *from, *to;
    p->r.at = e->at;
    if (find_port(&from, p, ids, e->from_layer, e->from_port, true) ||
        find_port(&to, p, ids, e->to_layer, e->to_port, false)) {
      return p->err->code;
    }
    if (to->source != VSG_IR_OPEN) {
      return vsg_read_fail(&p->r, p->err,
                           "a second edge to port %ld of layer %ld", e->to_port,
                           e->to_layer);
    }
    to->source = from - p->ir->port;
  }
  return VSG_OK;
}

static vsg_status resolve(parser *p) {
  vsg_ir *ir = p->ir;
  vsg_status status = VSG_OK;
  place_of_id *ids = reallocarray(NULL, ir->layers + 1, sizeof *ids);
  if (!ids) return vsg_fail_memory(p->err, "openvino", ir->layers);
  for (size_t i = 0; i < ir->layers; i++) {
    ids[i] = (place_of_id){ir->layer[i].id, i};
  }
  qsort(ids, ir->layers, sizeof *ids, by_id);
  for (size_t i = 1; i < ir->layers && !status; i++) {
    if (ids[i - 1].id != ids[i].id) continue;
    p->r.at = ir->layer[ids[i].layer].at;
    status = vsg_read_fail(&p->r, p->err, "two layers with id %ld", ids[i].id);
  }
  if (!status) status = connect(p, ids);
  free(ids);
  return status;
}

/* ---- the document ---- */

static vsg_status parse(parser *p) {
  XML_SetUserData(p->expat, p);
  XML_SetElementHandler(p->expat, on_start, on_end);
  XML_SetStartDoctypeDeclHandler(p->expat, on_doctype);
  if (XML_Parse(p->expat, (const char *)p->r.data, /* text is bytes */
                (int)p->r.size, XML_TRUE) == XML_STATUS_ERROR) {
    enum XML_Error code = XML_GetErrorCode(p->expat);
    if (p->failed) return p->err->code;
    if (code == XML_ERROR_NO_MEMORY) {
      return vsg_fail_memory(p->err, "openvino", p->r.size);
    }
    return vsg_read_fail(here(p), p->err, "xml: %s", XML_ErrorString(code));
  }
  if (!p->seen) return vsg_read_fail(&p->r, p->err, "no element net");
  return resolve(p);
}

vsg_status vsg_ir_read(vsg_ir *out, const vsg_reader *r, vsg_error *err) {
  parser p = {.ir = out, .r = *r, .err = err};
  vsg_status status;
  if (r->size > BYTES_MOST) {
    return vsg_read_fail(r, err, "an .xml of %zu bytes, at most %d are read",
                         r->size, BYTES_MOST);
  }
  p.expat = XML_ParserCreate(NULL);
  if (!p.expat) return vsg_fail_memory(err, "openvino", r->size);
  status = parse(&p);
  XML_ParserFree(p.expat);
  free(p.edge);
  return status;
}

void vsg_ir_free(vsg_ir *ir) {
  free(ir->text);
  free(ir->layer);
  free(ir->attribute);
  free(ir->port);
}

const char *vsg_ir_find(const vsg_ir *ir, const vsg_ir_layer *layer,
                        const char *key) {
  for (size_t i = 0; i < layer->attributes; i++) {
    const vsg_ir_attribute *a = &ir->attribute[layer->attribute + i];
    if (strcmp(ir->text + a->key, key) == 0) return ir->text + a->value;
  }
  return NULL;
}
