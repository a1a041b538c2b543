/* Memory that is left; see available.h. */
#include "core/base/available.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A version of control groups: how a line of /proc/self/cgroup tells the group,
 * and where and in which words its numbers are. */
typedef struct version {
  const char *line, *folder, *limit, *used, *old, *recent;
} version;

static const version versions[] = {
    {"0::", "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file ",
     "active_file "},
    {":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
     "memory.usage_in_bytes", "total_inactive_file ", "total_active_file "},
};

enum {
  ASKED_FROM =
      64 << 20, /* bytes: an answer takes as long as clearing one MiB */
  LINE_MOST = 256
};

/* The number after `name` at a line's beginning, or `otherwise`. */
static size_t number_in(const char *path, const char *name, size_t otherwise) {
  char line[LINE_MOST];
  size_t found = otherwise, length = strlen(name);
  unsigned long long value;
  FILE *file = fopen(path, "re");
  if (!file) return otherwise;
  while (found == otherwise && fgets(line, sizeof line, file)) {
    if (strncmp(line, name, length) == 0 &&
        sscanf(line + length, "%llu", &value) == 1) {
      found = (size_t)value;
    }
  }
  fclose(file);
  return found;
}

static size_t group_number(const version *v, const char *group,
                           const char *file, const char *name,
                           size_t otherwise) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s%s/%s", v->folder, group, file);
  return number_in(path, name, otherwise);
}

/* What one group's limit leaves; the pages of files can be had back. */
static size_t left_in_group(const version *v, const char *group) {
  size_t limit = group_number(v, group, v->limit, "", SIZE_MAX); /* or "max" */
  if (limit == SIZE_MAX) return limit;
  size_t used = group_number(v, group, v->used, "", 0);
  size_t files = group_number(v, group, "memory.stat", v->old, 0) +
                 group_number(v, group, "memory.stat", v->recent, 0);
  used = used > files ? used - files : 0;
  return limit > used ? limit - used : 0;
}

/* The least that a group and those above it leave. */
static size_t left_above(const version *v, char *group) {
  size_t least = SIZE_MAX;
  for (char *end = group + strlen(group); end; end = strrchr(group, '/')) {
    *end = '\0';
    size_t left = left_in_group(v, group);
    if (left < least) least = left;
  }
  return least;
}

static size_t left_in_groups(void) {
  char line[LINE_MOST];
  size_t least = SIZE_MAX;
  FILE *file = fopen("/proc/self/cgroup", "re");
  if (!file) return least;
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
      char *at = strstr(line, versions[i].line);
      if (!at) continue;
      size_t left = left_above(&versions[i], at + strlen(versions[i].line));
      if (left < least) least = left;
      break;
    }
  }
  fclose(file);
  return least;
}

size_t vsg_available(void) {
  size_t kib = number_in("/proc/meminfo", "MemAvailable:", SIZE_MAX);
  size_t bytes = kib == SIZE_MAX ? kib : kib * 1024, grouped = left_in_groups();
  return grouped < bytes ? grouped : bytes;
}

vsg_status vsg_available_check(const char *what, size_t bytes, vsg_error *err) {
  if (bytes < ASKED_FROM) return VSG_OK;
  size_t available = vsg_available();
  if (bytes <= available) return VSG_OK;
  return vsg_fail(err, VSG_MEMORY,
                  "%s: no memory for %zu bytes, %zu are available", what, bytes,
                  available);
}
