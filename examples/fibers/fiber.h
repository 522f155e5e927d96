/*
 * Fibers: functions that can be left in the middle, and gone on with later.
 *
 * fiber.c and fibers.wat implement them over WebAssembly's stack switching; fiber_ucontext.c implements them natively, over
 * <ucontext.h>, as a reference.
 */
#ifndef FIBER_H
#define FIBER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fiber fiber;

/* What a fiber runs. Takes the value of the first resume; what it returns goes to the last one. */
typedef void *fiber_function(void *value);

/* A fiber that has not begun to run. `stack_size` is in bytes, for variables that have an address; 0 is enough for most. */
fiber *fiber_new(fiber_function *function, size_t stack_size);

/* Frees a fiber that is not running. If it is suspended, it ends there. */
void fiber_free(fiber *self);

/*
 * Runs a fiber until it suspends or returns, and returns the value that it does so with. `value` is what the fiber's function
 * takes, or what the fiber_suspend() or fiber_switch() returns at which it was left.
 */
void *fiber_resume(fiber *self, void *value);

/* Leaves the fiber that is running. Its resumer goes on with `value`. */
void *fiber_suspend(void *value);

/*
 * Leaves the fiber that is running and goes on with another, which has the same resumer from now on. The resumer does not
 * notice, except that it is the other fiber that suspends or returns.
 */
void *fiber_switch(fiber *target, void *value);

/* The fiber that is running, or NULL outside of fibers. */
fiber *fiber_current(void);

/* Whether the fiber's function has returned. */
bool fiber_is_done(const fiber *self);

#endif
