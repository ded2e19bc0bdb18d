/*
 * freertos_tasks.c - tasks, notifications and mutexes of freertos.h.
 *
 * A task is READY, or waits for a notification, a mutex, or the IP task (freertos_wait_for_ip),
 * perhaps up to a time. Only the world's thread lets one run.
 */
#include "freertos_own.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct stub_mutex {
    bool taken;
    struct stub_task *owner; /* NULL: the IP task's */
};

struct stub_task {
    struct stub_task *next;
    pthread_t thread;
    TaskFunction_t function;
    void *argument;
    enum { READY, NOTIFICATION, MUTEX, IP_TASK, RETURNED } state;
    uint32_t notified;
    bool limited; /* it waits until `until` at most */
    TickType_t until;
    struct stub_mutex *mutex;
};

static struct stub_task *tasks;
static struct stub_task *current; /* NULL: the world's thread runs */
static struct stub_mutex mutexes[2];
static unsigned mutexes_made;
static bool over;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;

/* Lets another one run, until it is this one's turn again. */
static void pass_to(struct stub_task *next, struct stub_task *self)
{
    current = next;
    pthread_cond_broadcast(&turn);
    while (current != self) {
        pthread_cond_wait(&turn, &gate);
    }
    if (over && self != NULL) {
        current = NULL;
        pthread_cond_broadcast(&turn);
        pthread_mutex_unlock(&gate);
        pthread_exit(NULL);
    }
}

static void *thread_of(void *argument)
{
    struct stub_task *t = argument;

    pthread_mutex_lock(&gate);
    while (current != t) {
        pthread_cond_wait(&turn, &gate);
    }
    if (!over) {
        t->function(t->argument);
    }
    t->state = RETURNED;
    current = NULL;
    pthread_cond_broadcast(&turn);
    pthread_mutex_unlock(&gate);
    return NULL;
}

BaseType_t xTaskCreate(TaskFunction_t function, const char *name, configSTACK_DEPTH_TYPE stack,
                       void *argument, UBaseType_t priority, TaskHandle_t *task)
{
    struct stub_task *t = calloc(1, sizeof *t);

    (void)name;
    (void)stack;
    (void)priority;
    assert_non_null(t);
    t->function = function;
    t->argument = argument;
    t->next = tasks;
    tasks = t;
    *task = t;
    assert_int_equal(0, pthread_create(&t->thread, NULL, thread_of, t));
    return pdPASS;
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
    return current;
}

void vTaskDelete(TaskHandle_t task)
{
    assert_null(task); /* this one */
    current->state = RETURNED;
    current = NULL;
    pthread_cond_broadcast(&turn);
    pthread_mutex_unlock(&gate);
    pthread_exit(NULL);
}

static void wait_as(int state, TickType_t wait)
{
    struct stub_task *self = current;

    self->state = state;
    self->limited = wait != portMAX_DELAY;
    self->until = xTaskGetTickCount() + wait;
    pass_to(NULL, self);
}

void freertos_wait_for_ip(void)
{
    for (unsigned i = 0; i < mutexes_made; i++) {
        if (mutexes[i].taken && mutexes[i].owner == current) {
            freertos_wrong("a task waits for the IP task and holds a lock that this one needs");
        }
    }
    wait_as(IP_TASK, portMAX_DELAY);
}

BaseType_t xTaskNotifyGive(TaskHandle_t task)
{
    task->notified++;
    if (task->state == NOTIFICATION) {
        task->state = READY;
    }
    return pdPASS;
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t wait)
{
    struct stub_task *self = current;

    if (self->notified == 0 && wait != 0) {
        wait_as(NOTIFICATION, wait);
    }
    uint32_t n = self->notified;
    self->notified = clear != pdFALSE || n == 0 ? 0 : n - 1;
    return n;
}

SemaphoreHandle_t xSemaphoreCreateMutex(void)
{
    mutexes[mutexes_made] = (struct stub_mutex){0};
    return &mutexes[mutexes_made++];
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t mutex, TickType_t wait)
{
    (void)wait;
    while (mutex->taken) {
        if (current == NULL || mutex->owner == current) {
            freertos_wrong("a lock is taken for ever");
            return pdFALSE;
        }
        current->mutex = mutex;
        wait_as(MUTEX, portMAX_DELAY);
    }
    mutex->taken = true;
    mutex->owner = current;
    return pdTRUE;
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t mutex)
{
    if (!mutex->taken || mutex->owner != current) {
        freertos_wrong("a lock is given by one that does not hold it");
    }
    mutex->taken = false;
    for (struct stub_task *t = tasks; t != NULL; t = t->next) {
        if (t->state == MUTEX && t->mutex == mutex) {
            t->state = READY;
        }
    }
    return pdTRUE;
}

bool freertos_locked(void)
{
    bool any = false;

    for (unsigned i = 0; i < mutexes_made; i++) {
        any |= mutexes[i].taken;
    }
    return any;
}

/* Ticks until a task's time is over; portMAX_DELAY: it waits for no time. The count wraps. */
static TickType_t left_of(const struct stub_task *t)
{
    TickType_t left = t->until - xTaskGetTickCount();

    if (t->state != NOTIFICATION || !t->limited) {
        return portMAX_DELAY;
    }
    return (int32_t)left > 0 ? left : 0;
}

bool freertos_run(void)
{
    bool any = false;

    for (struct stub_task *t = tasks; t != NULL; t = t->next) {
        if (t->state == READY || t->state == IP_TASK || left_of(t) == 0) {
            t->state = READY;
            pass_to(t, NULL);
            any = true;
        }
    }
    return any;
}

TickType_t freertos_next(void)
{
    TickType_t least = portMAX_DELAY;

    for (struct stub_task *t = tasks; t != NULL; t = t->next) {
        least = left_of(t) < least ? left_of(t) : least;
    }
    return least;
}

bool freertos_returned(TaskHandle_t task)
{
    return task->state == RETURNED;
}

void freertos_tasks_begin(void)
{
    assert_null(tasks); /* a test before this one has failed, and left its tasks */
    over = false;
    mutexes_made = 0;
    pthread_mutex_lock(&gate);
}

void freertos_tasks_end(void)
{
    over = true;
    while (tasks != NULL) {
        struct stub_task *t = tasks;
        tasks = t->next;
        if (t->state != RETURNED) {
            pass_to(t, NULL);
        }
        pthread_mutex_unlock(&gate);
        pthread_join(t->thread, NULL);
        pthread_mutex_lock(&gate);
        free(t);
    }
    pthread_mutex_unlock(&gate);
}
