/*
 * stream.c - standard input and output as the two directions of a connection.
 *
 * Input: read when the send buffer has room for a block, so that a slow
 * network holds the writer back. Output: what arrives is copied into a ring as
 * large as the receive window, and counts as consumed when it was written:
 * a slow reader closes the window, and the ring can never overflow.
 *
 * Output must not block, and the flag for that belongs to the open file, which
 * may be shared with a shell; a pipe or terminal is therefore opened anew.
 */
#include "nc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t block[NC_BLOCK];

/* The lowest numbers belong to the standard streams, also if one was closed: nothing else may get
 * them. */
static bool fill_gaps(bool closed[3])
{
    for (int fd = 0; fd < 3; fd++) {
        closed[fd] = fcntl(fd, F_GETFD) < 0;
        if (closed[fd] && open("/dev/null", O_RDWR) != fd) {
            return false;
        }
    }
    return true;
}

static int own_description(int fd)
{
    struct stat st;
    char name[32];

    if (fstat(fd, &st) != 0 || S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode)) {
        return fd;
    }
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int own = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own < 0 || dup2(own, fd) < 0) {
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        return fd;
    }
    close(own);
    return fd;
}

bool nc_stream_open(struct nc_stream *t, uint32_t size)
{
    bool closed[3];

    memset(t, 0, sizeof *t);
    if (!fill_gaps(closed)) {
        prog_complain("/dev/null: %s", strerror(errno));
        return false;
    }
    if (closed[STDOUT_FILENO]) {
        prog_complain("standard output is closed");
        return false;
    }
    t->ring = malloc(size);
    if (t->ring == NULL) {
        prog_complain("no memory");
        return false;
    }
    t->size = size;
    t->in = STDIN_FILENO;
    t->out = own_description(STDOUT_FILENO);
    return true;
}

/* ---------------------------------------------------------------------- input */

bool nc_stream_hungry(const struct nc_stream *t, const struct mptcpl_pcb *pcb)
{
    return t->in >= 0 && mptcpl_sndbuf(pcb) >= sizeof block;
}

int nc_stream_read(struct nc_stream *t, struct mptcpl_pcb *pcb)
{
    ssize_t n = read(t->in, block, sizeof block);

    t->unread = n == (ssize_t)sizeof block;
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (n < 0) {
        prog_complain("standard input: %s", strerror(errno));
        return -1;
    }
    if (n == 0) {
        t->in = -1;
        return 0;
    }
    t->read += (uint64_t)n;
    /* There is room for it; a connection that is closing is told of elsewhere. */
    if (mptcpl_write(pcb, block, (uint32_t)n) == ERR_MEM) {
        prog_complain("no memory");
        return -1;
    }
    return 0;
}

/* --------------------------------------------------------------------- output */

bool nc_stream_take(struct nc_stream *t, const struct pbuf *p)
{
    if (t->size - (t->head - t->tail) < p->tot_len) {
        return false;
    }
    for (; p != NULL; p = p->next) {
        uint32_t offset = (uint32_t)(t->head % t->size);
        uint32_t first = LWIP_MIN(p->len, t->size - offset);
        memcpy(t->ring + offset, p->payload, first);
        memcpy(t->ring, (const uint8_t *)p->payload + first, p->len - first);
        t->head += p->len;
    }
    return true;
}

static ssize_t put(int fd, const uint8_t *p, size_t n)
{
    ssize_t w = send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    return w < 0 && errno == ENOTSOCK ? write(fd, p, n) : w;
}

int nc_stream_write(struct nc_stream *t, struct mptcpl_pcb *pcb)
{
    t->out_waits = false;
    while (t->tail < t->head) {
        uint32_t offset = (uint32_t)(t->tail % t->size);
        uint64_t waiting = t->head - t->tail;
        size_t n = (size_t)LWIP_MIN(waiting, (uint64_t)(t->size - offset));
        ssize_t w = put(t->out, t->ring + offset, n);
        if (w < 0 && errno == EINTR) {
            continue;
        }
        if (w < 0 && errno == EAGAIN) {
            t->out_waits = true;
            return 0;
        }
        if (w < 0) {
            prog_complain("standard output: %s", strerror(errno));
            return -1;
        }
        t->tail += (uint64_t)w;
        if (pcb != NULL) {
            mptcpl_recved(pcb, (uint32_t)w);
        }
    }
    return 0;
}

bool nc_stream_drained(const struct nc_stream *t)
{
    return t->tail == t->head;
}

void nc_stream_end(struct nc_stream *t)
{
    if (t->out >= 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null < 0 || dup2(null, t->out) < 0) {
            close(t->out);
        }
        if (null >= 0) {
            close(null);
        }
        t->out = -1;
    }
}
