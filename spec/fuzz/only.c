/* See only.h. Linked to every fuzzer; no fuzzer itself. */
#include "spec/fuzz/only.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *only;
static unsigned long looks_right, read_well;

static void report(void) {
  fprintf(stderr, "stat::looks_right: %lu\nstat::read: %lu\n", looks_right,
          read_well);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  const char option[] = "--only=";
  for (int i = 1; i < *argc; i++) {
    if (strncmp((*argv)[i], option, strlen(option)) == 0) {
      only = (*argv)[i] + strlen(option);
    }
  }
  return atexit(report);
}

bool only_this(const char *format) {
  if (!format || (only && strcmp(only, format) != 0)) return false;
  looks_right++;
  return true;
}

void only_read(void) { read_well++; }
