/* Fibers over <ucontext.h>: the native reference that the outputs of the guests are compared with. */
#include "fiber.h"

#include <stdlib.h>
#include <ucontext.h>

/* Native calls are on this stack, too. */
enum { EXTRA_STACK_SIZE = 256 * 1024 };

struct fiber {
  ucontext_t context;
  ucontext_t *resumer;
  fiber_function *function;
  bool is_done;
  void *stack;
};

static fiber *current;
/* The value that is handed over at a switch. */
static void *transfer;

static void run(void) {
  fiber *self = current;
  transfer = self->function(transfer);
  /* It may have been switched away from and back to: the resumer need not be the one that it began with. */
  self->is_done = true;
  setcontext(self->resumer);
}

static bool prepare(fiber *self, size_t stack_size) {
  self->stack = malloc(stack_size);
  if (self->stack == NULL || getcontext(&self->context) != 0) return false;
  self->context.uc_stack.ss_sp = self->stack;
  self->context.uc_stack.ss_size = stack_size;
  makecontext(&self->context, run, 0);
  return true;
}

fiber *fiber_new(fiber_function *function, size_t stack_size) {
  fiber *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->function = function;
  if (prepare(self, stack_size + EXTRA_STACK_SIZE)) return self;
  fiber_free(self);
  return NULL;
}

void fiber_free(fiber *self) {
  if (self == NULL) return;
  free(self->stack);
  free(self);
}

void *fiber_resume(fiber *self, void *value) {
  fiber *caller = current;
  ucontext_t here;
  self->resumer = &here;
  current = self;
  transfer = value;
  swapcontext(&here, &self->context);
  current = caller;
  return transfer;
}

void *fiber_suspend(void *value) {
  fiber *self = current;
  transfer = value;
  swapcontext(&self->context, self->resumer);
  return transfer;
}

void *fiber_switch(fiber *target, void *value) {
  fiber *self = current;
  target->resumer = self->resumer;
  current = target;
  transfer = value;
  swapcontext(&self->context, &target->context);
  return transfer;
}

fiber *fiber_current(void) { return current; }

bool fiber_is_done(const fiber *self) { return self->is_done; }
