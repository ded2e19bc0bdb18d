/*
 * freertos_own.h - between freertos_tasks.c and freertos_sockets.c.
 */
#ifndef TEST_BELOW_FREERTOS_OWN_H
#define TEST_BELOW_FREERTOS_OWN_H

#include "freertos.h"

/* Something that a real system would not survive. */
void freertos_wrong(const char *what);
/* The task waits until the IP task has been there. */
void freertos_wait_for_ip(void);
/* Lets all tasks run that can; true: there was one. */
bool freertos_run(void);
/* Ticks until the time of a task is over; portMAX_DELAY: none waits for a time. */
TickType_t freertos_next(void);
void freertos_tasks_begin(void);
void freertos_tasks_end(void);

#endif
