/* Symmetric switching: fibers hand control to each other directly; whoever resumed the first of them does not notice. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fiber.h"

/* ---- A line of text passes reader, squeezer and printer, who each ask the next to go on. ---- */

static fiber *reader;
static fiber *squeezer;
static fiber *printer;

static void *read_text(void *text) {
  for (const char *at = text; *at != '\0'; at++) fiber_switch(squeezer, (void *)(intptr_t)*at);
  fiber_switch(squeezer, (void *)(intptr_t)-1);
  return "the reader should not end";
}

/* Two asterisks become a circumflex. */
static void *squeeze(void *value) {
  for (;; value = fiber_switch(reader, NULL)) {
    intptr_t c = (intptr_t)value;
    if (c == '*') {
      intptr_t next = (intptr_t)fiber_switch(reader, NULL);
      if (next == '*') {
        fiber_switch(printer, (void *)(intptr_t)'^');
      } else {
        fiber_switch(printer, (void *)c);
        fiber_switch(printer, (void *)next);
      }
    } else {
      fiber_switch(printer, (void *)c);
    }
  }
  return "the squeezer should not end";
}

static void *print_lines(void *value) {
  char line[11];
  size_t length = 0;
  for (;; value = fiber_switch(squeezer, NULL)) {
    intptr_t c = (intptr_t)value;
    if (c >= 0) line[length++] = (char)c;
    if (length == sizeof line - 1 || c < 0) {
      line[length] = '\0';
      printf("|%-10s|\n", line);
      length = 0;
    }
    if (c < 0) return "the printer has seen the end";
  }
}

/* ---- A ring, without a scheduler. ---- */

enum { RING = 100, ROUNDS = 50 };

static fiber *ring[RING];
static int sum;

static void *member(void *argument) {
  intptr_t self = -1;
  for (intptr_t i = 0; i < RING; i++) {
    if (ring[i] == fiber_current()) self = i;
  }
  for (int round = 0; round < ROUNDS; round++) {
    sum += (int)(self ^ round);
    argument = fiber_switch(ring[(self + 1) % RING], (void *)((intptr_t)argument + 1));
  }
  return argument;
}

/* ---- Resumes inside of switches: each level has its own pair. ---- */

static void *partner(void *value) {
  fiber *other = value;
  for (int i = 0; i < 3; i++) {
    printf("partner %d\n", i);
    other = fiber_switch(other, fiber_current());
  }
  fiber_suspend("partner suspends");
  return "partner returns";
}

static void *inner(void *value) {
  for (int i = 0; i < 3; i++) {
    printf("inner %d\n", i);
    value = fiber_switch(value, fiber_current());
  }
  fiber_switch(value, fiber_current());
  return "not reached";
}

static void *outer(void *value) {
  fiber *a = fiber_new(inner, 0);
  fiber *b = fiber_new(partner, 0);
  printf("outer: %s\n", (char *)fiber_resume(a, b));
  printf("a done %d, b done %d\n", fiber_is_done(a), fiber_is_done(b));
  printf("outer hears %s\n", (char *)fiber_suspend("outer suspends"));
  printf("outer: %s\n", (char *)fiber_resume(b, NULL));
  printf("a done %d, b done %d\n", fiber_is_done(a), fiber_is_done(b));
  fiber_free(a);
  fiber_free(b);
  return value;
}

int main(void) {
  reader = fiber_new(read_text, 0);
  squeezer = fiber_new(squeeze, 0);
  printer = fiber_new(print_lines, 0);
  printf("%s\n", (char *)fiber_resume(reader, "one**two*three***four, and so on to the end of the line**"));
  printf("done: %d %d %d\n", fiber_is_done(reader), fiber_is_done(squeezer), fiber_is_done(printer));
  fiber_free(reader);
  fiber_free(squeezer);
  fiber_free(printer);

  for (int i = 0; i < RING; i++) ring[i] = fiber_new(member, 0);
  intptr_t steps = (intptr_t)fiber_resume(ring[0], (void *)0);
  printf("ring: %d steps, sum %d\n", (int)steps, sum);
  for (int i = 0; i < RING; i++) fiber_free(ring[i]);

  fiber *top = fiber_new(outer, 0);
  printf("main: %s\n", (char *)fiber_resume(top, "outer returns"));
  printf("main: %s\n", (char *)fiber_resume(top, "main"));
  fiber_free(top);
  return 0;
}
