/* Child processes by posix_spawn; see process.h. */
#include "core/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cancel.h"

extern char **environ;

/* posix_spawnp with the actions; input is -1 for ours. Returns its error
 * number. */
static int spawn(pid_t *pid, char *const argv[], int input, int output,
                 vsg_stderr errors) {
  posix_spawn_file_actions_t actions;
  int why = posix_spawn_file_actions_init(&actions);
  if (why) return why;
  why = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (!why && input >= 0) {
    why = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  }
  if (!why && errors == VSG_STDERR_MERGE) {
    why = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  }
  if (!why && errors == VSG_STDERR_DROP) {
    why = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                           O_WRONLY, 0);
  }
  if (!why) why = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return why;
}

static void close_end(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* The child's end first. A socket, not a pipe, for the input: writing to one
 * whose reader has gone can be an error instead of a signal. */
static bool open_ends(int output[2], int input[2], bool talk) {
  input[0] = input[1] = -1;
  if (pipe2(output, O_CLOEXEC) != 0) return false;
  if (!talk || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) == 0) {
    return true;
  }
  int why = errno;
  close_end(&output[0]);
  close_end(&output[1]);
  errno = why;
  return false;
}

vsg_status vsg_process_start(vsg_process *out, char *const argv[],
                             vsg_stderr errors, bool talk, vsg_error *err) {
  int output[2], input[2];
  *out = (vsg_process){0, -1, -1};
  if (!open_ends(output, input, talk)) {
    return vsg_fail(err, VSG_IO, "%s: %s", argv[0], strerror(errno));
  }
  int why = spawn(&out->pid, argv, input[0], output[1], errors);
  close_end(&output[1]);
  close_end(&input[0]);
  if (why) {
    close_end(&output[0]);
    close_end(&input[1]);
    out->pid = 0;
    return vsg_fail(err, VSG_IO, "%s: %s", argv[0], strerror(why));
  }
  out->fd = output[0];
  out->in = input[1];
  return VSG_OK;
}

vsg_status vsg_process_write(vsg_process *process, const char *data,
                             size_t size, vsg_error *err) {
  while (size > 0) {
    if (vsg_cancel_check("run", err)) return err->code;
    ssize_t sent = send(process->in, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      return vsg_fail(err, VSG_IO, "run: write: %s", strerror(errno));
    }
    data += sent;
    size -= (size_t)sent;
  }
  return VSG_OK;
}

vsg_status vsg_process_read(size_t *n, vsg_process *process, char *buffer,
                            size_t size, vsg_error *err) {
  ssize_t got = 0;
  *n = 0;
  if (process->fd < 0) return VSG_OK;
  do {
    if (vsg_cancel_check("run", err)) return err->code;
    got = read(process->fd, buffer, size);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return vsg_fail(err, VSG_IO, "run: read: %s", strerror(errno));
  }
  *n = (size_t)got;
  return VSG_OK;
}

vsg_status vsg_process_wait(int *status, vsg_process *process, vsg_error *err) {
  int raw;
  close_end(&process->fd);
  close_end(&process->in);
  while (waitpid(process->pid, &raw, 0) < 0) {
    if (errno == EINTR && !vsg_cancelled()) continue;
    return vsg_fail(err, vsg_cancelled() ? VSG_CANCELLED : VSG_IO,
                    "run: wait: %s", strerror(errno));
  }
  process->pid = 0;
  *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return VSG_OK;
}

void vsg_process_close(vsg_process *process) {
  close_end(&process->fd);
  close_end(&process->in);
  if (process->pid == 0) return;
  kill(process->pid, SIGTERM);
  while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR) continue;
  process->pid = 0;
}
