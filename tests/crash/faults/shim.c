/* Makes one call to the disk fail, for tests: preloaded, armed from inside the process.

   fault_arm(folder, call, nth, error, partial) lets the nth call of a kind on a file under `folder` fail with `error`; a
   partial write brings half of its bytes first and fails with `error` the next time. fault_left() says how many calls of
   the kind were still to pass, so that the end of a sequence is known. Everything else is handed on to the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, TRUNCATE = 4 };
static char folder[4096];
static int kinds, left = -1, error, partial, lasting, hits;

void fault_arm(const char *where, int what, int nth, int number, int half, int last) {
    strncpy(folder, where, sizeof folder - 1);
    kinds = what, error = number, partial = half, lasting = last, hits = 0;
    left = nth;
}
void fault_disarm(void) { left = -1, kinds = 0; }
int fault_left(void) { return left; }
int fault_hits(void) { return hits; }

static int ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}
/* 0: go on, 1: fail, 2: half */
static int now(int kind, int fd) {
    if (!(kinds & kind) || left < 0 || !ours(fd)) return 0;
    if (left > 0 && --left > 0) return 0;
    hits++;
    if (partial && hits == 1) return 2;
    if (!lasting && !partial) kinds = 0;
    if (partial && !lasting) kinds = 0;
    return 1;
}
#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    int how = size ? now(WRITE, fd) : 0;
    if (how == 1) return errno = error, -1;
    return real(fd, data, how == 2 && size > 1 ? size / 2 : size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    int how = size ? now(WRITE, fd) : 0;
    if (how == 1) return errno = error, -1;
    return real(fd, data, how == 2 && size > 1 ? size / 2 : size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    int how = size ? now(WRITE, fd) : 0;
    if (how == 1) return errno = error, -1;
    return real(fd, data, how == 2 && size > 1 ? size / 2 : size, at);
}
int fsync(int fd) {
    REAL(int, fsync, int);
    if (now(SYNC, fd)) return errno = error, -1;
    return real(fd);
}
int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    if (now(SYNC, fd)) return errno = error, -1;
    return real(fd);
}
int ftruncate(int fd, off_t size) {
    REAL(int, ftruncate, int, off_t);
    if (now(TRUNCATE, fd)) return errno = error, -1;
    return real(fd, size);
}
int ftruncate64(int fd, off64_t size) {
    REAL(int, ftruncate64, int, off64_t);
    if (now(TRUNCATE, fd)) return errno = error, -1;
    return real(fd, size);
}
