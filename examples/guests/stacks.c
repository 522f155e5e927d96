/*
 * Every fiber has a stack of its own for variables with an address. Here many fibers recurse to different depths with arrays
 * in every frame, are left and gone on with in a random order, and find everything as they left it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fiber.h"

enum { FIBERS = 64, DEPTH = 40 };

static uint32_t seed = 1;

static uint32_t next_random(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

static uint32_t checks;

/* Sums up what the callers have on the stack, through pointers into their frames. */
typedef struct frame {
  const struct frame *caller;
  uint32_t words[16];
} frame;

static uint32_t descend(const frame *caller, uint32_t number, int depth) {
  frame self = {.caller = caller};
  for (uint32_t i = 0; i < 16; i++) self.words[i] = number * 1000 + (uint32_t)depth * 16 + i;
  fiber_suspend(NULL);
  uint32_t sum = 0;
  int frames = depth;
  for (const frame *at = &self; at != NULL; at = at->caller, frames--) {
    for (uint32_t i = 0; i < 16; i++) {
      if (at->words[i] != number * 1000 + (uint32_t)frames * 16 + i) {
        printf("fiber %u: frame %d is damaged\n", number, frames);
        exit(1);
      }
      checks++;
      sum = sum * 31 + at->words[i];
    }
  }
  if (depth < DEPTH - (int)(number % 8)) sum += descend(&self, number, depth + 1);
  /* On the way back as well. */
  fiber_suspend(NULL);
  return sum ^ self.words[depth % 16];
}

static uint32_t totals[FIBERS];

static void *run(void *argument) {
  uint32_t number = (uint32_t)(uintptr_t)argument;
  totals[number] = descend(NULL, number, 1);
  char text[64];
  snprintf(text, sizeof text, "fiber %u has %08x", number, totals[number]);
  fiber_suspend(NULL);
  puts(text);
  return NULL;
}

int main(void) {
  fiber *fibers[FIBERS];
  for (int i = 0; i < FIBERS; i++) fibers[i] = fiber_new(run, 16384);
  int left = FIBERS;
  int resumes = 0;
  while (left > 0) {
    uint32_t i = next_random() % FIBERS;
    if (fibers[i] == NULL) continue;
    fiber_resume(fibers[i], (void *)(uintptr_t)i);
    resumes++;
    if (!fiber_is_done(fibers[i])) continue;
    fiber_free(fibers[i]);
    fibers[i] = NULL;
    left--;
  }
  printf("%d resumes, %u words checked\n", resumes, checks);
  return 0;
}
