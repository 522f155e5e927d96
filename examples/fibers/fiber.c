/* Fibers over WebAssembly's stack switching: the half that can be written in C. The other half is fibers.wat. */
#include "fiber.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define IMPORT(NAME) __attribute__((import_module("fibers"), import_name(NAME)))

IMPORT("new_slot") int fibers_new_slot(void);
IMPORT("start") void fibers_start(int slot, fiber_function *function, void *stack_top);
IMPORT("drop") void fibers_drop(int slot);
IMPORT("is_empty") bool fibers_is_empty(int slot);
IMPORT("resume") void *fibers_resume(int slot, void *value);
IMPORT("suspend") void *fibers_suspend(void *value);
IMPORT("switch") void *fibers_switch(int slot, void *value);

enum { DEFAULT_STACK_SIZE = 64 * 1024, ALIGNMENT = 16 };

/* Stands at the far end of each stack: there is no page that would catch a stack that grows too long. */
static const uint64_t CANARY = 0x6a09e667f3bcc908;

struct fiber {
  int slot;
  bool is_done;
  uint64_t *stack;
  fiber *next_free;
};

static fiber *current;
/* Slots are used again, with the fiber that they were of. */
static fiber *free_fibers;

fiber *fiber_new(fiber_function *function, size_t stack_size) {
  fiber *self = free_fibers;
  if (self != NULL) {
    free_fibers = self->next_free;
  } else {
    self = malloc(sizeof *self);
    if (self == NULL) return NULL;
    self->slot = fibers_new_slot();
  }
  if (stack_size == 0) stack_size = DEFAULT_STACK_SIZE;
  stack_size = (stack_size + sizeof CANARY + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  self->is_done = false;
  self->stack = aligned_alloc(ALIGNMENT, stack_size);
  if (self->stack == NULL) {
    self->next_free = free_fibers;
    free_fibers = self;
    return NULL;
  }
  *self->stack = CANARY;
  /* Stacks grow downwards. */
  fibers_start(self->slot, function, (char *)self->stack + stack_size);
  return self;
}

void fiber_free(fiber *self) {
  if (self == NULL) return;
  fibers_drop(self->slot);
  free(self->stack);
  self->next_free = free_fibers;
  free_fibers = self;
}

static void check_stack(const fiber *self) {
  if (*self->stack == CANARY) return;
  fprintf(stderr, "the stack of a fiber is too small\n");
  abort();
}

void *fiber_resume(fiber *self, void *value) {
  fiber *resumer = current;
  current = self;
  void *result = fibers_resume(self->slot, value);
  /* Maybe another by now, which was switched to. */
  fiber *left = current;
  check_stack(left);
  left->is_done = fibers_is_empty(left->slot);
  current = resumer;
  return result;
}

void *fiber_suspend(void *value) { return fibers_suspend(value); }

void *fiber_switch(fiber *target, void *value) {
  check_stack(current);
  current = target;
  return fibers_switch(target->slot, value);
}

fiber *fiber_current(void) { return current; }

bool fiber_is_done(const fiber *self) { return self->is_done; }
