/* Photos decoded ahead of their use; see ahead.h. */
#include "core/image/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/cancel.h"
#include "core/base/reader.h"

/* How often who waits for a photo looks whether it was interrupted. */
enum { POLL_NANOSECONDS = 50 * 1000 * 1000 };

typedef struct photo {
  struct photo *next;
  char *path;
  vsg_decoding how;
  bool hash, done;
  /* What came of it, once done. */
  vsg_tensor *image;
  vsg_error error;              /* its code is VSG_OK where there is an image */
  char sha256[VSG_SHA256_TEXT]; /* "" while there is none */
  size_t size;
  double seconds;
} photo;

/* The photos from first to waiting, without, are begun; those from waiting on
 * are not. All but the threads' own numbers is under the lock. */
struct vsg_ahead {
  pthread_mutex_t lock;
  pthread_cond_t work, done;
  photo *first, *waiting, *last;
  size_t bytes; /* of the images of photos that are done */
  double seconds;
  char sha256[VSG_SHA256_TEXT]; /* of the file taken last */
  size_t size;
  bool stop;
  int threads;
  pthread_t *thread;
};

static double clock_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void photo_free(photo *p) {
  vsg_tensor_free(p->image);
  free(p->path);
  free(p);
}

static void photo_decode(photo *p) {
  double started = clock_seconds();
  vsg_file file;
  if (!vsg_file_open(&file, p->path, &p->error)) {
    p->size = file.size;
    if (!p->hash || !vsg_sha256(p->sha256, file.data, file.size, &p->error)) {
      vsg_image_decode(&p->image, file.data, file.size, p->path, p->how,
                       &p->error);
    }
    vsg_file_close(&file);
  }
  p->seconds = clock_seconds() - started;
}

static bool may_begin(const vsg_ahead *a) {
  return a->waiting && (a->bytes < VSG_AHEAD_BYTES || a->waiting == a->first);
}

static void *decode_photos(void *of) {
  vsg_ahead *a = of;
  pthread_mutex_lock(&a->lock);
  while (!a->stop) {
    if (!may_begin(a)) {
      pthread_cond_wait(&a->work, &a->lock);
      continue;
    }
    photo *p = a->waiting;
    a->waiting = p->next;
    pthread_mutex_unlock(&a->lock);
    photo_decode(p);
    pthread_mutex_lock(&a->lock);
    p->done = true;
    if (p->image) a->bytes += vsg_tensor_bytes(p->image);
    if (p == a->first) pthread_cond_signal(&a->done);
  }
  pthread_mutex_unlock(&a->lock);
  return NULL;
}

/* Signals are for the threads that know what to do with them. */
static vsg_status start(vsg_ahead *a, int threads, vsg_error *err) {
  sigset_t all, old;
  int failed = 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  while (a->threads < threads && !failed) {
    failed = pthread_create(&a->thread[a->threads], NULL, decode_photos, a);
    if (!failed) a->threads++;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (a->threads > 0) return VSG_OK; /* fewer do as well */
  return vsg_fail(err, VSG_MEMORY, "ahead: no thread can be started: %s",
                  strerror(failed));
}

vsg_status vsg_ahead_new(vsg_ahead **out, int threads, vsg_error *err) {
  vsg_ahead *a = calloc(1, sizeof *a);
  *out = NULL;
  if (a) a->thread = calloc((size_t)threads, sizeof *a->thread);
  if (!a || !a->thread) {
    free(a);
    return vsg_fail_memory(err, "ahead", (size_t)threads * sizeof *a->thread);
  }
  pthread_mutex_init(&a->lock, NULL);
  pthread_cond_init(&a->work, NULL);
  pthread_cond_init(&a->done, NULL);
  if (start(a, threads, err)) {
    vsg_ahead_free(a);
    return err->code;
  }
  *out = a;
  return VSG_OK;
}

void vsg_ahead_free(vsg_ahead *a) {
  if (!a) return;
  pthread_mutex_lock(&a->lock);
  a->stop = true;
  pthread_cond_broadcast(&a->work);
  pthread_mutex_unlock(&a->lock);
  for (int i = 0; i < a->threads; i++) pthread_join(a->thread[i], NULL);
  while (a->first) {
    photo *p = a->first;
    a->first = p->next;
    photo_free(p);
  }
  pthread_mutex_destroy(&a->lock);
  pthread_cond_destroy(&a->work);
  pthread_cond_destroy(&a->done);
  free(a->thread);
  free(a);
}

vsg_status vsg_ahead_put(vsg_ahead *a, const char *path, vsg_decoding how,
                         bool hash, vsg_error *err) {
  photo *p = calloc(1, sizeof *p);
  if (p) p->path = strdup(path);
  if (!p || !p->path) {
    free(p);
    return vsg_fail_memory(err, "ahead", sizeof *p + strlen(path));
  }
  p->how = how;
  p->hash = hash;
  pthread_mutex_lock(&a->lock);
  if (a->first) {
    a->last->next = p;
  } else {
    a->first = p;
  }
  a->last = p;
  if (!a->waiting) a->waiting = p;
  pthread_cond_signal(&a->work);
  pthread_mutex_unlock(&a->lock);
  return VSG_OK;
}

/* Under the lock. */
static vsg_status wait_for_first(vsg_ahead *a, vsg_error *err) {
  while (!a->first->done) {
    struct timespec until;
    if (vsg_cancel_check("ahead", err)) return err->code;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += POLL_NANOSECONDS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&a->done, &a->lock, &until);
  }
  return VSG_OK;
}

/* Takes the first photo off, under the lock; what waits may now be the next. */
static photo *take_first(vsg_ahead *a) {
  photo *p = a->first;
  a->first = p->next;
  if (p->image) a->bytes -= vsg_tensor_bytes(p->image);
  a->seconds += p->seconds;
  pthread_cond_broadcast(&a->work);
  return p;
}

vsg_status vsg_ahead_take(vsg_tensor **out, vsg_ahead *a, vsg_error *err) {
  photo *p = NULL;
  *out = NULL;
  if (!a->first) {
    return vsg_fail(err, VSG_ARGUMENT, "ahead: no photo was put");
  }
  pthread_mutex_lock(&a->lock);
  if (!wait_for_first(a, err)) p = take_first(a);
  pthread_mutex_unlock(&a->lock);
  if (!p) return err->code;
  memcpy(a->sha256, p->sha256, sizeof a->sha256);
  a->size = p->size;
  *out = p->image;
  p->image = NULL;
  *err = p->error;
  photo_free(p);
  return err->code;
}

bool vsg_ahead_file(char sha256[VSG_SHA256_TEXT], size_t *bytes,
                    const vsg_ahead *a) {
  memcpy(sha256, a->sha256, sizeof a->sha256);
  *bytes = a->size;
  return *sha256 != '\0';
}

double vsg_ahead_seconds(const vsg_ahead *a) { return a->seconds; }
