/*
 * freertos_own.h - between freertos_tasks.c, freertos_sockets.c and freertos_ip.c.
 */
#ifndef TEST_BELOW_FREERTOS_OWN_H
#define TEST_BELOW_FREERTOS_OWN_H

#include "freertos.h"

/* Something that a real system would not survive. */
void freertos_wrong(const char *what);
/* The task waits until the IP task has been there. */
void freertos_wait_for_ip(void);
/* Somebody holds a mutex. */
bool freertos_locked(void);
/* Lets all tasks run that can; true: there was one. */
bool freertos_run(void);
/* Ticks until the time of a task is over; portMAX_DELAY: none waits for a time. */
TickType_t freertos_next(void);
void freertos_tasks_begin(void);
void freertos_tasks_end(void);

#define FREERTOS_EVENTS 500u

struct freertos_system {
    struct world *w;
    struct toy *toy;
    enum side side;
    struct stub_socket *sockets;
    uint16_t next_port;
    uint32_t room; /* of a socket that has nothing to send */
    NetworkInterface_t own[LINKS];
    NetworkInterface_t *nif[LINKS];
    NetworkEndPoint_t end_point[2 * 2]; /* of links and families */
    struct driver driver;
    unsigned buffers; /* that are in use */
    unsigned events;  /* frames that tasks have handed to the IP task */
    NetworkBufferDescriptor_t *event[FREERTOS_EVENTS];
};
extern struct freertos_system freertos_sys;

/* What the IP task does for sockets: calls them back, and answers FINs. True: there was something.
 */
bool freertos_tell(void);
void freertos_sockets_end(void);

#endif
