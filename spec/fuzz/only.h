/* What the fuzzers share. --only=NAME restricts one to inputs that look like
 * that format; libFuzzer leaves options with two dashes alone. At the end
 * stat::looks_right and stat::read count the inputs that passed the format's
 * first check and those that were read without an error. */
#ifndef VSG_FUZZ_ONLY_H
#define VSG_FUZZ_ONLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer finds them by these names. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether an input of that format (NULL: of none) is to be read; counts it. */
bool only_this(const char *format);
/* Counts an input that was read without an error. */
void only_read(void);

#endif
