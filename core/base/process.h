/* A child process whose standard output is read here, and whose standard input
 * may be written. No shell is involved: the program is looked up on PATH and
 * gets its arguments as they are. */
#ifndef VSG_BASE_PROCESS_H
#define VSG_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/error.h"

typedef struct vsg_process {
  pid_t pid; /* 0 once waited for */
  int fd;    /* its standard output; -1 once at the end */
  int in;    /* its standard input; -1 when it has ours */
} vsg_process;

/* What becomes of the child's standard error. */
typedef enum vsg_stderr {
  VSG_STDERR_INHERIT,
  VSG_STDERR_MERGE, /* into what is read */
  VSG_STDERR_DROP,
} vsg_stderr;

/* Starts argv[0] with argv, which ends with NULL; its standard input is ours,
 * or with talk what vsg_process_write gives it. VSG_IO with the system's reason
 * when it cannot be started; then *out is empty. */
vsg_status vsg_process_start(vsg_process *out, char *const argv[],
                             vsg_stderr errors, bool talk, vsg_error *err);

/* Writes all of it to the child's standard input. VSG_IO when the child has
 * gone or has no input of its own; VSG_CANCELLED when the flag is set while it
 * waits. */
vsg_status vsg_process_write(vsg_process *process, const char *data,
                             size_t size, vsg_error *err);

/* Reads up to size bytes; *n is 0 at the end. VSG_CANCELLED when the cancel
 * flag is set while it waits. */
vsg_status vsg_process_read(size_t *n, vsg_process *process, char *buffer,
                            size_t size, vsg_error *err);

/* Closes its input and output, then waits for the end. *status is the exit
 * status, or 128 + the signal. */
vsg_status vsg_process_wait(int *status, vsg_process *process, vsg_error *err);

/* Ends a child that was not waited for; does nothing to one that was. */
void vsg_process_close(vsg_process *process);

#endif
