/*
 * checkpoint.c - the file that a connection is carried in: --checkpoint, --resume.
 *
 *   none      a signal came: a new file under a name of its own, of full size, for its owner only
 *   room      the connection leaves its subflows; from here on there is no way back
 *   written   on the disk, under the name that was asked for, which nobody had before
 *   resumed   locked, read, believed, and marked as used before the first packet leaves
 *
 * What lies in the file and what is promised: bindings/README.md, "The checkpoint file".
 */
#include "nc.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mptcp/crypto.h"

#define VERSION 1u
#define FILE_MAX (256u * 1024 * 1024)

static const char fresh[8] = {'M', 'P', 'T', 'C', 'P', 'C', 'K', 'P'};
static const char used[8] = {'M', 'P', 'T', 'C', 'P', 'U', 'S', 'D'};

struct head {
    char magic[8];
    uint32_t version;
    uint32_t length;
};

struct session_state {
    uint32_t remote_ended;
    uint32_t local_ended;
    uint32_t waiting; /* octets received and not written */
    uint32_t connection;
};

/* The folder that a file is in; -1: it can't be opened. */
static int folder_of(const char *file)
{
    char name[PATH_MAX];

    if (snprintf(name, sizeof name, "%s", file) >= (int)sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool nc_checkpoint_free(const char *file)
{
    struct stat st;
    if (lstat(file, &st) == 0) {
        prog_complain("--checkpoint %s: there is such a file already", file);
        return false;
    }
    int folder = errno == ENOENT ? folder_of(file) : -1;
    bool good = folder >= 0 && faccessat(folder, ".", W_OK | X_OK, 0) == 0;
    if (!good) {
        prog_complain("--checkpoint %s: %s", file, strerror(errno));
    }
    if (folder >= 0) {
        close(folder);
    }
    return good;
}

/* -------------------------------------------------------------------- writing */

struct draft {
    char name[PATH_MAX];
    int fd;
};

/* A file of our own with all the room that is needed, before anything is given up for it. */
static bool draft_open(struct draft *d, const char *file, size_t room)
{
    if (snprintf(d->name, sizeof d->name, "%s.XXXXXX", file) >= (int)sizeof d->name) {
        errno = ENAMETOOLONG;
        return false;
    }
    d->fd = mkostemp(d->name, O_CLOEXEC); /* new, mode 0600, whatever lay there */
    if (d->fd < 0) {
        return false;
    }
    int e = posix_fallocate(d->fd, 0, (off_t)room);
    if (e != 0) {
        close(d->fd);
        unlink(d->name);
        errno = e;
        return false;
    }
    return true;
}

static void draft_drop(struct draft *d)
{
    close(d->fd);
    unlink(d->name);
}

static bool put(int fd, const void *data, size_t n)
{
    const uint8_t *p = data;
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno != EINTR) {
            return false;
        }
        p += w < 0 ? 0 : w;
        n -= w < 0 ? 0 : (size_t)w;
    }
    return true;
}

/* Never in place of another file. */
static bool give_name(const char *draft, const char *file)
{
    if (renameat2(AT_FDCWD, draft, AT_FDCWD, file, RENAME_NOREPLACE) == 0) {
        return true;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return false;
    }
    return link(draft, file) == 0 && unlink(draft) == 0;
}

/* Whole and on the disk before it gets its name: there is never half a file. */
static bool draft_keep(struct draft *d, const char *file, const uint8_t *data, size_t n)
{
    bool good = put(d->fd, data, n) && ftruncate(d->fd, (off_t)n) == 0 && fsync(d->fd) == 0;

    good = close(d->fd) == 0 && good;
    if (!good) {
        prog_complain("--checkpoint %s: %s; the connection is lost", file, strerror(errno));
        unlink(d->name);
        return false;
    }
    if (!give_name(d->name, file)) {
        prog_complain("--checkpoint %s: %s; it is %s instead", file, strerror(errno), d->name);
        return false;
    }
    int folder = folder_of(file);
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
    return true;
}

static size_t compose(const struct nc_session *s, uint8_t *out, size_t size)
{
    const struct nc_stream *t = s->stream;
    struct head head = {.version = VERSION};
    struct session_state state = {
        .remote_ended = s->remote_ended,
        .local_ended = s->local_ended,
        .waiting = (uint32_t)(t->head - t->tail),
        .connection = mptcpl_saved_size(s->pcb),
    };
    uint8_t *p = out + sizeof head;

    memcpy(head.magic, fresh, sizeof fresh);
    head.length = (uint32_t)(size - sizeof head - MPTCP_SHA256_SIZE);
    memcpy(out, &head, sizeof head);
    memcpy(p, &state, sizeof state);
    p += sizeof state;
    for (uint64_t i = t->tail; i < t->head; i++) {
        *p++ = t->ring[i % t->size];
    }
    mptcpl_save(s->pcb, p);
    p += state.connection;
    mptcp_crypto_sha256(p, out, (size_t)(p - out));
    return (size_t)(p - out) + MPTCP_SHA256_SIZE;
}

/* The connection has left; now it must get into the file. */
static bool write_down(const struct nc_session *s, struct draft *d, const char *file)
{
    const struct nc_stream *t = s->stream;
    size_t size = sizeof(struct head) + sizeof(struct session_state) + (size_t)(t->head - t->tail) +
                  mptcpl_saved_size(s->pcb) + MPTCP_SHA256_SIZE;
    uint8_t *data = malloc(size);

    if (data == NULL) {
        prog_complain("--checkpoint %s: no memory; the connection is lost", file);
        draft_drop(d);
        return false;
    }
    compose(s, data, size);
    bool good = draft_keep(d, file, data, size);
    mptcp_wipe(data, size);
    free(data);
    return good;
}

enum nc_kept nc_checkpoint(struct nc_session *s, const char *file)
{
    struct draft d;

    if (s->pcb == NULL || s->opened == 0) {
        prog_complain("--checkpoint: there is no open connection to be kept");
        return NC_NOT_KEPT;
    }
    size_t room = sizeof(struct head) + sizeof(struct session_state) + s->stream->size +
                  mptcpl_saved_max(s->pcb) + MPTCP_SHA256_SIZE;
    if (!draft_open(&d, file, room)) {
        prog_complain("--checkpoint %s: %s", file, strerror(errno));
        return NC_NOT_KEPT;
    }
    if (mptcpl_park(s->pcb) != ERR_OK) {
        draft_drop(&d);
        prog_complain(
            "--checkpoint: it can't be kept now: plain TCP, not fully established yet, or "
            "closed in both directions");
        return NC_NOT_KEPT;
    }
    nc_stats_keep(s);
    bool good = write_down(s, &d, file);
    mptcpl_close(s->pcb);
    s->pcb = NULL;
    return good ? NC_KEPT : NC_KEPT_NOWHERE;
}

/* -------------------------------------------------------------------- reading */

static bool read_all(int fd, uint8_t *data, size_t n)
{
    while (n > 0) {
        ssize_t r = read(fd, data, n);
        if (r == 0 || (r < 0 && errno != EINTR)) {
            return false;
        }
        data += r < 0 ? 0 : r;
        n -= r < 0 ? 0 : (size_t)r;
    }
    return true;
}

/* Why these octets are no checkpoint of ours, NULL if they are one. */
static const char *wrong(const uint8_t *data, size_t n)
{
    uint8_t digest[MPTCP_SHA256_SIZE];
    struct head head;
    struct session_state state;

    if (n < sizeof head) {
        return "too short for a checkpoint";
    }
    memcpy(&head, data, sizeof head);
    if (memcmp(head.magic, used, sizeof used) == 0) {
        return "it has been resumed already";
    }
    if (memcmp(head.magic, fresh, sizeof fresh) != 0) {
        return "not a checkpoint";
    }
    if (head.version != VERSION) {
        return "a checkpoint of another version";
    }
    if (head.length != n - sizeof head - MPTCP_SHA256_SIZE || head.length < sizeof state ||
        n < sizeof head + sizeof state + MPTCP_SHA256_SIZE) {
        return "truncated, or something was added";
    }
    mptcp_crypto_sha256(digest, data, n - MPTCP_SHA256_SIZE);
    if (!mptcp_ct_equal(digest, data + n - MPTCP_SHA256_SIZE, MPTCP_SHA256_SIZE)) {
        return "damaged: its digest is wrong";
    }
    memcpy(&state, data + sizeof head, sizeof state);
    if ((uint64_t)state.waiting + state.connection + sizeof state != head.length) {
        return "damaged: its parts do not fit together";
    }
    return NULL;
}

/* From now on it says that it was used; then nothing of the connection is left in it. */
static bool use_up(int fd, size_t n)
{
    static const uint8_t zeros[4096];
    size_t at = sizeof used;

    if (pwrite(fd, used, sizeof used, 0) != (ssize_t)sizeof used || fsync(fd) != 0) {
        return false;
    }
    while (at < n) {
        size_t part = n - at < sizeof zeros ? n - at : sizeof zeros;
        ssize_t w = pwrite(fd, zeros, part, (off_t)at);
        if (w <= 0) {
            return false;
        }
        at += (size_t)w;
    }
    return fsync(fd) == 0 && ftruncate(fd, sizeof(struct head)) == 0 && fsync(fd) == 0;
}

static bool restore(struct nc_session *s, const uint8_t *data, uint32_t limit_us)
{
    struct nc_stream *t = s->stream;
    struct session_state state;
    const uint8_t *p = data + sizeof(struct head) + sizeof state;

    memcpy(&state, data + sizeof(struct head), sizeof state);
    if (state.waiting > t->size) {
        return false;
    }
    memcpy(t->ring, p, state.waiting);
    t->head = state.waiting;
    s->remote_ended = state.remote_ended != 0;
    s->local_ended = state.local_ended != 0;
    t->in = s->local_ended ? -1 : t->in;
    s->pcb = mptcpl_resume(p + state.waiting, state.connection, limit_us);
    return s->pcb != NULL;
}

static const char *private_to_us(const struct stat *st)
{
    if (st->st_uid != geteuid()) {
        return "somebody else owns it";
    }
    return (st->st_mode & (S_IRWXG | S_IRWXO)) != 0
               ? "others may read or change it: chmod 600, if it is to be trusted"
               : NULL;
}

/* What the file holds, in memory of its own; NULL: everything has been said. */
static uint8_t *load(int fd, const char *file, size_t *n)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)FILE_MAX) {
        prog_complain("--resume %s: not a checkpoint", file);
        return NULL;
    }
    *n = (size_t)st.st_size;
    uint8_t *data = malloc(*n + 1);
    bool there = data != NULL && read_all(fd, data, *n);
    const char *why = there ? wrong(data, *n) : "can't be read";
    why = why == NULL ? private_to_us(&st) : why;
    if (why == NULL) {
        return data;
    }
    prog_complain("--resume %s: %s", file, why);
    if (data != NULL) {
        mptcp_wipe(data, *n);
        free(data);
    }
    return NULL;
}

bool nc_resume(struct nc_session *s, const char *file, uint32_t limit_us)
{
    size_t n = 0;
    int fd = open(file, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0) {
        prog_complain("--resume %s: %s", file, strerror(errno));
        return false;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        prog_complain("--resume %s: another process is resuming it", file);
        close(fd);
        return false;
    }
    uint8_t *data = load(fd, file, &n);
    if (data == NULL) {
        close(fd);
        return false;
    }
    bool good = restore(s, data, limit_us);
    if (!good) {
        prog_complain("--resume %s: of a build that is not this one, or no memory", file);
    } else if (!use_up(fd, n)) {
        prog_complain("--resume %s: can't be marked as used: %s", file, strerror(errno));
        good = false;
    }
    mptcp_wipe(data, n);
    free(data);
    close(fd);
    return good;
}
