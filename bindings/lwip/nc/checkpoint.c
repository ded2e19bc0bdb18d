/*
 * checkpoint.c - the file that a connection is carried in: --checkpoint, --resume.
 *
 *   "MPTCPCKP"  8 octets; "MPTCPUSD" once it was resumed
 *   version     4 octets, host order
 *   length      4 octets: of what follows, without the digest
 *   session     which directions have ended; how many octets were received and not written
 *   octets      those
 *   connection  of mptcpl_save
 *   digest      SHA-256 of everything before it
 *
 * It holds the keys of the connection: only its owner may read it. Who resumes it first wipes it,
 * so that nobody does so again by mistake; of a copy that somebody made before, nobody can know.
 */
#include "nc.h"

#include <errno.h>
#include <fcntl.h>
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

bool nc_checkpoint_free(const char *file)
{
    struct stat st;
    if (stat(file, &st) == 0) {
        nc_complain("--checkpoint %s: there is such a file already", file);
        return false;
    }
    return true;
}

/* -------------------------------------------------------------------- writing */

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

/* Under another name first: there is never half a file. */
static bool write_file(const char *file, const uint8_t *data, size_t n)
{
    char name[PATH_MAX];

    if (snprintf(name, sizeof name, "%s.new", file) >= (int)sizeof name) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return false;
    }
    bool good = fchmod(fd, 0600) == 0 && put(fd, data, n) && fsync(fd) == 0;
    good &= close(fd) == 0;
    if (good && rename(name, file) == 0) {
        return true;
    }
    unlink(name);
    return false;
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

bool nc_checkpoint(struct nc_session *s, const char *file)
{
    if (s->pcb == NULL || s->opened == 0 || mptcpl_park(s->pcb) != ERR_OK) {
        nc_complain("--checkpoint: no connection that could be kept: it is not open, closing, or "
                    "plain TCP");
        return false;
    }
    const struct nc_stream *t = s->stream;
    size_t size = sizeof(struct head) + sizeof(struct session_state) + (size_t)(t->head - t->tail) +
                  mptcpl_saved_size(s->pcb) + MPTCP_SHA256_SIZE;
    uint8_t *data = malloc(size);
    bool good = data != NULL && compose(s, data, size) == size && write_file(file, data, size);
    if (!good) {
        nc_complain("--checkpoint %s: %s", file, strerror(errno));
    }
    if (data != NULL) {
        mptcp_wipe(data, size);
        free(data);
    }
    return good;
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

/* From now on it says that it was used, and holds no key. */
static bool use_up(int fd)
{
    return pwrite(fd, used, sizeof used, 0) == (ssize_t)sizeof used &&
           ftruncate(fd, sizeof(struct head)) == 0 && fsync(fd) == 0;
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
    s->pcb = mptcpl_resume(p + state.waiting, state.connection, limit_us);
    return s->pcb != NULL;
}

/* What the file holds, in memory of its own; NULL: everything has been said. */
static uint8_t *load(int fd, const char *file, size_t *n)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)FILE_MAX) {
        nc_complain("--resume %s: not a checkpoint", file);
        return NULL;
    }
    *n = (size_t)st.st_size;
    uint8_t *data = malloc(*n + 1);
    if (data == NULL || !read_all(fd, data, *n)) {
        nc_complain("--resume %s: can't be read", file);
        free(data);
        return NULL;
    }
    const char *why = wrong(data, *n);
    if (why != NULL) {
        nc_complain("--resume %s: %s", file, why);
        free(data);
        return NULL;
    }
    return data;
}

bool nc_resume(struct nc_session *s, const char *file, uint32_t limit_us)
{
    size_t n = 0;
    int fd = open(file, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        nc_complain("--resume %s: %s", file, strerror(errno));
        return false;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        nc_complain("--resume %s: another process is resuming it", file);
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
        nc_complain("--resume %s: of a build that is not this one", file);
    } else if (!use_up(fd)) {
        nc_complain("--resume %s: can't be marked as used: %s", file, strerror(errno));
        good = false;
    }
    mptcp_wipe(data, n);
    free(data);
    close(fd);
    return good;
}
