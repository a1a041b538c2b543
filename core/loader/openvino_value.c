/* What the texts of an IR's attributes say; see openvino_xml.h. */
#include <stdlib.h>
#include <string.h>

#include "core/loader/openvino_xml.h"

enum {
  DIGITS_MOST = 18,      /* fit in 63 bits */
  NUMBERS_MOST = 1 << 16 /* of one attribute */
};

/* Skips what separates numbers: blanks and one comma. */
static const char *next_item(const char *text) {
  text += strspn(text, " ");
  if (*text == ',') text++;
  return text + strspn(text, " ");
}

/* Takes one size of a shape: "3", or what stands for an open one: "?", "-1",
 * "1..8". NULL for anything else. */
static const char *take_size(long *out, const char *text) {
  size_t length = strcspn(text, " ,"), digits = strspn(text, "0123456789");
  bool open = (length == 1 && *text == '?') ||
              (length == 2 && strncmp(text, "-1", 2) == 0) ||
              (digits > 0 && strncmp(text + digits, "..", 2) == 0);
  if (!open && (digits == 0 || digits != length || digits > DIGITS_MOST)) {
    return NULL;
  }
  *out = open ? VSG_IR_OPEN : strtol(text, NULL, 10);
  return next_item(text + length);
}

vsg_status vsg_ir_shape(long dim[VSG_MAX_DIMS], int *dims, const vsg_ir *ir,
                        const vsg_ir_layer *layer, const vsg_reader *r,
                        vsg_error *err) {
  const char *shape = vsg_ir_find(ir, layer, "shape");
  const char *text = shape;
  if (text) text += strspn(text, " ");
  for (*dims = 0; text && *text && *dims < VSG_MAX_DIMS; ++*dims) {
    text = take_size(&dim[*dims], text);
  }
  if (text && *text == '\0') return VSG_OK;
  return vsg_read_fail(
      r, err, "%.200s: shape is '%.80s', at most %d sizes are wanted",
      ir->text + layer->name, shape ? shape : "", VSG_MAX_DIMS);
}

vsg_status vsg_ir_bytes(size_t *out, const vsg_ir *ir,
                        const vsg_ir_layer *layer, const char *key,
                        const vsg_reader *r, vsg_error *err) {
  const char *text = vsg_ir_find(ir, layer, key);
  size_t digits = text ? strspn(text, "0123456789") : 0;
  if (digits == 0 || digits > DIGITS_MOST || text[digits]) {
    return vsg_read_fail(r, err, "%.200s: %s is '%.80s', a count is wanted",
                         ir->text + layer->name, key, text ? text : "");
  }
  *out = strtoul(text, NULL, 10);
  return VSG_OK;
}

vsg_status vsg_ir_numbers(double **out, size_t *count, const char *text,
                          vsg_error *err) {
  size_t room = 1;
  double *list;
  *count = 0;
  *out = NULL;
  for (const char *c = text; *c; c++) room += *c == ',';
  if (room > NUMBERS_MOST) return VSG_OK;
  list = reallocarray(NULL, room, sizeof *list);
  if (!list) return vsg_fail_memory(err, "openvino", room * sizeof *list);
  text += strspn(text, " ");
  for (char *end; *count < room; text = next_item(end)) {
    list[*count] = strtod(text, &end);
    if (end == text || !strchr(" ,", *end)) break; /* finds the end as well */
    ++*count;
  }
  if (*count == room && *text == '\0') {
    *out = list;
  } else {
    free(list);
  }
  return VSG_OK;
}
