/*
 * test_proxy_tun.c - the links of mptcp-below over stand-ins for TUN devices: what is said when one
 * goes, when it is back, and when TCP can't be told of its MTU.
 */
#include "proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MTU 1400u

/* ------------------------------------------------- in the place of the program's other files */

static struct px_options options = {.paths = 1, .path = {{.tun = "p1"}}};
struct px_options *px_o = &options;
struct below *px_below; /* NULL: it takes no packet */
static mptcp_time now = 1;
static char said[512];
static int no_netlink; /* an errno; 0: there is one */
static int no_mtu;     /* an errno; 0: it can be set */
static int no_watch;   /* an errno; 0: descriptors can be watched */
static int outer;      /* the descriptor of the device */

mptcp_time px_now(void)
{
    return now;
}

void prog_complain(const char *format, ...)
{
    size_t n = strlen(said);
    va_list args;

    va_start(args, format);
    n += (size_t)vsnprintf(said + n, sizeof said - n, format, args);
    va_end(args);
    snprintf(said + n, sizeof said - n, "\n");
}

void prog_capture(unsigned interface, const void *packet, uint32_t length)
{
    (void)interface;
    (void)packet;
    (void)length;
}

bool prog_tun_there(const char *name)
{
    (void)name;
    return true;
}

void prog_tun_init(struct prog_tun *tun, const char *name)
{
    *tun = (struct prog_tun){.fd = -1};
    snprintf(tun->name, sizeof tun->name, "%s", name);
}

/* Nothing can be read from it yet. */
bool prog_tun_open(struct prog_tun *tun)
{
    tun->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    return tun->fd >= 0;
}

bool prog_tun_attach(struct prog_tun *tun, unsigned flags)
{
    (void)tun;
    return flags == 0;
}

void prog_tun_begin(struct prog_tun *tun)
{
    outer = tun->fd;
    tun->mtu = MTU;
}

void prog_tun_refuse(struct prog_tun *tun, const char *what, const char *why)
{
    prog_complain("%s: %s", what, why);
    close(tun->fd);
    tun->fd = -1;
}

void prog_tun_lose(struct prog_tun *tun, mptcp_time at)
{
    close(tun->fd);
    tun->fd = -1;
    tun->again_at = at;
}

mptcp_time prog_tun_next(const struct prog_tun *tun)
{
    return tun->fd >= 0 ? MPTCP_NEVER : tun->again_at;
}

bool prog_tun_back(struct prog_tun *tun, mptcp_time at)
{
    return tun->fd < 0 && at >= tun->again_at;
}

int px_netlink_open(void)
{
    errno = no_netlink;
    return no_netlink != 0 ? -1 : dup(0);
}

int px_netlink_up(int fd, unsigned device, unsigned mtu, unsigned queue)
{
    (void)fd;
    (void)device;
    (void)queue;
    return mtu != 0 ? no_mtu : 0;
}

int px_netlink_address(int fd, unsigned device, const struct mptcp_addr *addr)
{
    (void)fd;
    (void)device;
    (void)addr;
    return 0;
}

int px_netlink_route(int fd, unsigned device, unsigned family, uint32_t table)
{
    (void)fd;
    (void)device;
    (void)family;
    (void)table;
    return 0;
}

int px_netlink_rule(int fd, const struct mptcp_addr *from, uint32_t table)
{
    (void)fd;
    (void)from;
    (void)table;
    return 0;
}

void px_space_enter(void)
{
}

/* A system call that succeeds may change errno. */
void px_space_leave(void)
{
    errno = ENOTTY;
}

bool px_watch(int fd, uint32_t events, enum px_tag tag, uint32_t number)
{
    (void)events;
    errno = no_watch;
    return no_watch == 0 && fd >= 0 && tag == PX_TAG_LINK && number == 0;
}

void px_links_drop(unsigned nif)
{
    assert_int_equal(0, nif);
}

void px_links_back(unsigned nif)
{
    assert_int_equal(0, nif);
}

/* ------------------------------------------------------------------------------ the tests */

static int open_link(void **state)
{
    static bool opened;

    (void)state;
    no_netlink = no_mtu = no_watch = 0;
    options.config.shim.mtu = MTU;
    opened = opened || (px_tun_open(&options) && px_tun_watch());
    said[0] = '\0';
    return opened ? 0 : -1;
}

/* What is read in its place, a folder, says EISDIR for ever. */
static void delete_device(void)
{
    int folder = open("/", O_RDONLY);

    assert_true(folder >= 0 && dup2(folder, outer) == outer);
    close(folder);
    assert_false(px_tun_in());
    assert_string_equal("p1: the device is gone, and no other is left: waiting for one\n", said);
    said[0] = '\0';
}

static void is_said(const char *text)
{
    delete_device();
    px_tun_again();
    assert_string_equal(text, said);
}

/* checks: none */
static void given_a_device_that_is_back_then_it_is_said(void **state)
{
    (void)state;
    is_said("p1: the device is back\n");
    assert_true(px_tun_next() == MPTCP_NEVER);
}

/* checks: none */
static void given_a_kernel_that_refuses_the_mtu_then_the_reason_is_said(void **state)
{
    (void)state;
    no_mtu = EPERM;
    is_said("p1: TCP can't be told of its MTU, 1400: Operation not permitted\n"
            "p1: the device is back\n");
}

/* checks: none */
static void given_no_descriptor_for_netlink_then_the_reason_is_said(void **state)
{
    (void)state;
    no_netlink = EMFILE;
    is_said("p1: TCP can't be told of its MTU, 1400: Too many open files\n"
            "p1: the device is back\n");
}

/* It is tried again. checks: none */
static void given_a_device_that_cannot_be_watched_then_the_reason_is_said(void **state)
{
    (void)state;
    no_watch = ENOSPC;
    is_said("p1: No space left on device\n");
    assert_true(px_tun_next() != MPTCP_NEVER);
    no_watch = 0;
    said[0] = '\0';
    px_tun_again();
    assert_string_equal("p1: the device is back\n", said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(given_a_device_that_is_back_then_it_is_said, open_link),
        cmocka_unit_test_setup(given_a_kernel_that_refuses_the_mtu_then_the_reason_is_said,
                               open_link),
        cmocka_unit_test_setup(given_no_descriptor_for_netlink_then_the_reason_is_said, open_link),
        cmocka_unit_test_setup(given_a_device_that_cannot_be_watched_then_the_reason_is_said,
                               open_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
