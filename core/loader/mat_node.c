/* The tree of a MATLAB file's values; see mat.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/loader/mat.h"

/* What a MATLAB class becomes: as elements.h has it, and booleans are u8. */
static const struct {
  const char *name;
  vsg_dtype dtype;
} classes[] = {
    {"double", VSG_f64}, {"single", VSG_f32}, {"logical", VSG_u8},
    {"int8", VSG_i32},   {"uint8", VSG_u8},   {"int16", VSG_i32},
    {"uint16", VSG_i32}, {"int32", VSG_i32},  {"uint32", VSG_i64},
    {"int64", VSG_i64},
};

void vsg_mat_clear(vsg_mat_node *node) {
  for (size_t i = 0; i < node->count; i++) vsg_mat_clear(&node->item[i]);
  free(node->item);
  free(node->name);
  free(node->text);
  vsg_tensor_free(node->tensor);
  *node = (vsg_mat_node){.kind = VSG_MAT_OTHER};
}

vsg_status vsg_mat_add(vsg_mat_node **out, vsg_mat_node *parent,
                       const char *name, size_t length, vsg_weights *w,
                       const vsg_reader *r, vsg_error *err) {
  vsg_mat_node node = {.kind = VSG_MAT_OTHER};
  void *list = parent->item; /* vsg_list_grow's type */
  if (vsg_weights_count(w, r, sizeof node + length, err) ||
      vsg_list_grow(&list, parent->count, &parent->room, sizeof node, "mat",
                    err)) {
    return err->code;
  }
  parent->item = list;
  if (name) {
    node.name = strndup(name, length);
    if (!node.name) return vsg_fail_memory(err, "mat", length);
  }
  *out = &parent->item[parent->count++];
  **out = node;
  return VSG_OK;
}

vsg_mat_node *vsg_mat_field(const vsg_mat_node *node, const char *name) {
  if (node->kind != VSG_MAT_STRUCT) return NULL;
  for (size_t i = 0; i < node->count; i++) {
    if (strcmp(node->item[i].name, name) == 0) return &node->item[i];
  }
  return NULL;
}

vsg_status vsg_mat_set_other(vsg_mat_node *node, const char *what,
                             vsg_error *err) {
  node->kind = VSG_MAT_OTHER;
  node->text = strdup(what);
  if (!node->text) return vsg_fail_memory(err, "mat", strlen(what));
  node->length = strlen(what);
  return VSG_OK;
}

/* ---- numbers ---- */

/* *out is the stored elements in MATLAB's shape, each of the dtype. */
static vsg_status turn(vsg_tensor **out, const vsg_tensor *stored,
                       vsg_dtype dtype, vsg_error *err) {
  int order[VSG_MAX_DIMS];
  vsg_tensor *typed = NULL, *turned = NULL;
  vsg_status status;
  for (int i = 0; i < stored->dims; i++) order[i] = stored->dims - 1 - i;
  status = vsg_tensor_to(&typed, stored, dtype, err);
  if (!status) status = vsg_tensor_permute(&turned, typed, order, err);
  if (!status) status = vsg_tensor_contiguous(out, turned, err);
  vsg_tensor_free(turned);
  vsg_tensor_free(typed);
  return status;
}

vsg_status vsg_mat_set_numbers(vsg_mat_node *node, vsg_tensor *stored,
                               const char *class, vsg_error *err) {
  vsg_status status = VSG_OK;
  size_t i = 0, known = sizeof classes / sizeof classes[0];
  while (i < known && strcmp(classes[i].name, class) != 0) i++;
  if (i < known) {
    status = turn(&node->tensor, stored, classes[i].dtype, err);
    if (!status) node->kind = VSG_MAT_NUMBERS;
  } else {
    status = vsg_mat_set_other(node, class, err);
  }
  vsg_tensor_free(stored);
  return status;
}

/* ---- text ---- */

/* Writes one character and gives the bytes it took, up to 4. */
static size_t put_character(char *out, uint32_t c) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
  out[0] = (char)(first[more] | c >> (6 * more));
  for (int i = 1; i <= more; i++) {
    out[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
  }
  return (size_t)more + 1;
}

/* The character that begins with this unit of a row, whose next unit lies step
 * further on; *used is 2 for a pair of surrogates. */
static uint32_t character(const int32_t *unit, size_t step, bool is_last,
                          size_t *used) {
  uint32_t a = (uint32_t)unit[0] & 0x1fffff;
  *used = 1;
  if (a < 0xd800 || a >= 0xdc00 || is_last) return a;
  uint32_t b = (uint32_t)unit[step];
  if (b < 0xdc00 || b >= 0xe000) return a;
  *used = 2;
  return 0x10000 + ((a - 0xd800) << 10) + (b - 0xdc00);
}

/* Rows of units that lie column by column, joined by newlines. */
static size_t put_units(char *out, const int32_t *units, size_t rows,
                        size_t columns) {
  size_t at = 0, used;
  for (size_t y = 0; y < rows; y++) {
    if (y > 0) out[at++] = '\n';
    for (size_t x = 0; x < columns; x += used) {
      uint32_t c =
          character(units + x * rows + y, rows, x + 1 == columns, &used);
      at += put_character(out + at, c);
    }
  }
  return at;
}

static size_t put_bytes(char *out, const unsigned char *bytes, size_t rows,
                        size_t columns) {
  size_t at = 0;
  for (size_t y = 0; y < rows; y++) {
    if (y > 0) out[at++] = '\n';
    for (size_t x = 0; x < columns; x++) out[at++] = (char)bytes[x * rows + y];
  }
  return at;
}

/* The text of u8 or of i32. */
static vsg_status write_text(vsg_mat_node *node, const vsg_tensor *stored,
                             vsg_weights *w, const vsg_reader *r,
                             vsg_error *err) {
  size_t units = (size_t)vsg_tensor_numel(stored), rows = 1, room;
  const void *data = vsg_tensor_data(stored); /* of either type */
  if (units > 0 && stored->dims > 1) {
    rows = (size_t)stored->shape[stored->dims - 1];
  }
  node->kind = VSG_MAT_TEXT;
  room = 4 * units + rows;
  if (vsg_weights_count(w, r, room, err)) return err->code;
  node->text = malloc(room);
  if (!node->text) return vsg_fail_memory(err, "mat", room);
  node->length = stored->dtype == VSG_u8
                     ? put_bytes(node->text, data, rows, units / rows)
                     : put_units(node->text, data, rows, units / rows);
  return VSG_OK;
}

vsg_status vsg_mat_set_text(vsg_mat_node *node, vsg_tensor *stored,
                            vsg_weights *w, const vsg_reader *r,
                            vsg_error *err) {
  vsg_tensor *units = stored;
  vsg_status status = VSG_OK;
  if (stored->dtype != VSG_u8 && stored->dtype != VSG_i32) {
    status = vsg_tensor_to(&units, stored, VSG_i32, err);
    vsg_tensor_free(stored);
  }
  if (!status) status = write_text(node, units, w, r, err);
  vsg_tensor_free(units);
  return status;
}
