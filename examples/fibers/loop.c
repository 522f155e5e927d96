#include "loop.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fiber.h"

enum { MAX_POLLED = 16 };

typedef struct task {
  fiber *fiber;
  task_function *function;
  void *argument;
  /* What the task waits for: a time, or a descriptor if it is not negative. */
  int wake_time;
  int fd;
  struct task *next;
} task;

typedef struct {
  task *first;
  task *last;
} queue;

static queue ready;
/* Sorted by wake_time. */
static task *sleeping;
static queue reading;
static task *running;
static int now;
/* When the loop was run first. */
static struct timespec start;

static void push(queue *q, task *t) {
  t->next = NULL;
  if (q->last == NULL) q->first = t;
  else q->last->next = t;
  q->last = t;
}

static task *pop(queue *q) {
  task *t = q->first;
  if (t != NULL && (q->first = t->next) == NULL) q->last = NULL;
  return t;
}

static void *run_task(void *argument) {
  task *self = argument;
  self->function(self->argument);
  return NULL;
}

void loop_spawn(task_function *function, void *argument) {
  task *t = malloc(sizeof *t);
  *t = (task){.fiber = fiber_new(run_task, 0), .function = function, .argument = argument, .fd = -1};
  push(&ready, t);
}

void loop_yield(void) {
  push(&ready, running);
  fiber_suspend(NULL);
}

void loop_sleep(int milliseconds) {
  running->wake_time = now + milliseconds;
  task **at = &sleeping;
  while (*at != NULL && (*at)->wake_time <= running->wake_time) at = &(*at)->next;
  running->next = *at;
  *at = running;
  fiber_suspend(NULL);
}

int loop_now(void) { return now; }

ssize_t loop_read(int fd, void *buffer, size_t size) {
  running->fd = fd;
  push(&reading, running);
  fiber_suspend(NULL);
  return read(fd, buffer, size);
}

static int real_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int)((time.tv_sec - start.tv_sec) * 1000 + (time.tv_nsec - start.tv_nsec) / 1000000);
}

/* Waits until a task can go on: this is the only place where the program as a whole waits. */
static void wait_for_events(void) {
  struct pollfd polled[MAX_POLLED];
  nfds_t count = 0;
  for (task *t = reading.first; t != NULL && count < MAX_POLLED; t = t->next) {
    polled[count++] = (struct pollfd){.fd = t->fd, .events = POLLIN};
  }
  int timeout = -1;
  if (sleeping != NULL) {
    timeout = sleeping->wake_time - real_time();
    if (timeout < 0) timeout = 0;
  }
  int events = poll(polled, count, timeout);
  if (events <= 0) {
    /* Nothing to read: it is the time that has come. */
    if (sleeping == NULL) return;
    now = sleeping->wake_time;
    while (sleeping != NULL && sleeping->wake_time <= now) {
      task *t = sleeping;
      sleeping = t->next;
      push(&ready, t);
    }
    return;
  }
  queue waiting = reading;
  reading = (queue){NULL, NULL};
  for (nfds_t i = 0; waiting.first != NULL; i++) {
    task *t = pop(&waiting);
    push(i < count && polled[i].revents != 0 ? &ready : &reading, t);
  }
}

void loop_run(void) {
  if (start.tv_sec == 0 && start.tv_nsec == 0) clock_gettime(CLOCK_MONOTONIC, &start);
  for (;;) {
    while ((running = pop(&ready)) != NULL) {
      fiber_resume(running->fiber, running);
      if (!fiber_is_done(running->fiber)) continue;
      fiber_free(running->fiber);
      free(running);
    }
    if (sleeping == NULL && reading.first == NULL) return;
    wait_for_events();
  }
}
