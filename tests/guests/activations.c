/*
 * A library whose function waits again and again, at different depths, with data on its stack that it checks when it goes on:
 * what many calls at the same time must not damage.
 */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

typedef struct frame {
  const struct frame *caller;
  uint32_t words[12];
} frame;

static uint32_t descend(const frame *caller, uint32_t seed, int depth, int nanoseconds) {
  frame self = {.caller = caller};
  for (uint32_t i = 0; i < 12; i++) self.words[i] = seed * 100 + (uint32_t)depth + i;
  struct timespec time = {0, nanoseconds};
  nanosleep(&time, NULL);
  uint32_t sum = 0;
  int frames = depth;
  for (const frame *at = &self; at != NULL; at = at->caller, frames++) {
    for (uint32_t i = 0; i < 12; i++) {
      if (at->words[i] != seed * 100 + (uint32_t)frames + i) abort();
      sum = sum * 31 + at->words[i];
    }
  }
  if (depth > 0) sum ^= descend(&self, seed, depth - 1, nanoseconds);
  nanosleep(&time, NULL);
  return sum + self.words[depth % 12];
}

/* The same for the same arguments, however often it is interrupted. */
__attribute__((export_name("work"))) uint32_t work(uint32_t seed, int depth, int nanoseconds) {
  return descend(NULL, seed, depth, nanoseconds);
}
