/* A scheduler that gives each fiber its turn, and channels through which they talk. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fiber.h"

/* ---- The scheduler: a queue of fibers that can run. ---- */

typedef struct task {
  fiber *fiber;
  void *argument;
  struct task *next;
} task;

typedef struct {
  task *first;
  task *last;
} queue;

static queue ready;
static task *running;
static int switches;

static void push(queue *q, task *t) {
  t->next = NULL;
  if (q->first == NULL) q->first = t;
  else q->last->next = t;
  q->last = t;
}

static task *pop(queue *q) {
  task *t = q->first;
  if (t != NULL) q->first = t->next;
  return t;
}

static void spawn(fiber_function *function, void *argument) {
  task *t = malloc(sizeof *t);
  t->fiber = fiber_new(function, 4096);
  t->argument = argument;
  push(&ready, t);
}

static void yield(void) {
  push(&ready, running);
  fiber_suspend(NULL);
}

/* Waits in a queue until somebody makes the task ready again. */
static void wait_in(queue *q) {
  push(q, running);
  fiber_suspend(NULL);
}

/* Returns when nothing can run any more; tasks that still wait then are waiting for ever. */
static void run(void) {
  while ((running = pop(&ready)) != NULL) {
    switches++;
    fiber_resume(running->fiber, running->argument);
    if (!fiber_is_done(running->fiber)) continue;
    fiber_free(running->fiber);
    free(running);
  }
}

/* ---- Channels: with room for some values, or none, so that sender and receiver meet. ---- */

typedef struct {
  int *values;
  int capacity;
  int count;
  int first;
  bool is_closed;
  queue senders;
  queue receivers;
} channel;

static channel *channel_new(int capacity) {
  channel *c = calloc(1, sizeof *c);
  c->capacity = capacity;
  c->values = malloc(sizeof(int) * (size_t)capacity);
  return c;
}

static void wake(queue *q) {
  task *t = pop(q);
  if (t != NULL) push(&ready, t);
}

static void send(channel *c, int value) {
  while (c->count == c->capacity) wait_in(&c->senders);
  c->values[(c->first + c->count++) % c->capacity] = value;
  wake(&c->receivers);
}

static bool receive(channel *c, int *value) {
  while (c->count == 0) {
    if (c->is_closed) return false;
    wait_in(&c->receivers);
  }
  *value = c->values[c->first];
  c->first = (c->first + 1) % c->capacity;
  c->count--;
  wake(&c->senders);
  return true;
}

static void close_channel(channel *c) {
  c->is_closed = true;
  while (c->receivers.first != NULL) wake(&c->receivers);
}

/* ---- Turns ---- */

static void *count_down(void *argument) {
  int number = (int)(intptr_t)argument;
  for (int i = number; i > 0; i--) {
    printf("%*s%d:%d\n", number * 6, "", number, i);
    yield();
  }
  return NULL;
}

/* ---- Producers and consumers ---- */

static channel *work;
static channel *results;
static int producers = 3;

static void *produce(void *argument) {
  int number = (int)(intptr_t)argument;
  for (int i = 0; i < 6; i++) send(work, number * 100 + i);
  if (--producers == 0) close_channel(work);
  return NULL;
}

static int consumers = 2;

static void *consume(void *argument) {
  const char *name = argument;
  int sum = 0;
  for (int value; receive(work, &value);) {
    printf("%s takes %d\n", name, value);
    sum += value;
    /* The second is slower. */
    for (int i = 0; i < (name[0] == 'b' ? 3 : 0); i++) yield();
  }
  send(results, sum);
  if (--consumers == 0) close_channel(results);
  return NULL;
}

static void *report(void *argument) {
  int total = 0;
  for (int value; receive(results, &value);) total += value;
  printf("total %d\n", total);
  (void)argument;
  return NULL;
}

/* ---- A sieve: a chain of filters, one for each prime, that grows as primes are found. ---- */

typedef struct {
  channel *from;
  channel *to;
  int prime;
} filter;

static void *count_from_2(void *argument) {
  for (int i = 2; i <= 200; i++) send(argument, i);
  close_channel(argument);
  return NULL;
}

static void *keep_others(void *argument) {
  filter *self = argument;
  for (int value; receive(self->from, &value);) {
    if (value % self->prime != 0) send(self->to, value);
  }
  close_channel(self->to);
  free(self);
  return NULL;
}

static void *sieve(void *argument) {
  channel *from = channel_new(1);
  spawn(count_from_2, from);
  for (int prime; receive(from, &prime);) {
    printf("%d ", prime);
    filter *next = malloc(sizeof *next);
    *next = (filter){.from = from, .to = channel_new(1), .prime = prime};
    from = next->to;
    spawn(keep_others, next);
  }
  printf("\n");
  (void)argument;
  return NULL;
}

/* ---- Many fibers: each adds one to what goes round. ---- */

enum { MANY = 1000 };

static channel *links[MANY + 1];

static void *add_one(void *argument) {
  intptr_t i = (intptr_t)argument;
  int value;
  receive(links[i], &value);
  send(links[i + 1], value + 1);
  return NULL;
}

static void *around(void *argument) {
  int value;
  send(links[0], 0);
  receive(links[MANY], &value);
  printf("after %d fibers: %d\n", MANY, value);
  (void)argument;
  return NULL;
}

int main(void) {
  for (intptr_t i = 1; i <= 4; i++) spawn(count_down, (void *)i);
  run();

  work = channel_new(2);
  results = channel_new(1);
  for (intptr_t i = 1; i <= 3; i++) spawn(produce, (void *)i);
  spawn(consume, "a");
  spawn(consume, "b");
  spawn(report, NULL);
  run();

  spawn(sieve, NULL);
  run();

  for (int i = 0; i <= MANY; i++) links[i] = channel_new(1);
  for (intptr_t i = 0; i < MANY; i++) spawn(add_one, (void *)i);
  spawn(around, NULL);
  run();
  printf("%d switches\n", switches);
  return 0;
}
