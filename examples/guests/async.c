/*
 * Tasks that wait for time and for input, all at once: while one sleeps, others go on. A task is written as if it were
 * alone; the waiting is in loop.c, in one place.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"

/* Sorts numbers by sleeping that long. */
static void sleep_and_print(void *argument) {
  int number = *(int *)argument;
  loop_sleep(number);
  printf("%d ms: %d\n", loop_now(), number);
}

static int ticks;
static int is_finished;

static void tick(void *argument) {
  const char *name = argument;
  int period = name[0] == 'a' ? 20 : 30;
  for (int i = 1; i <= 4; i++) {
    loop_sleep(period);
    printf("%d ms: tick %s%d\n", loop_now(), name, i);
  }
  while (!is_finished) {
    loop_sleep(period);
    ticks++;
  }
}

/* Counts what comes in, line by line. The time between lines is not its business. */
static void count_input(void *argument) {
  char buffer[16];
  char line[128];
  size_t length = 0;
  int lines = 0;
  int letters = 0;
  ssize_t size;
  while ((size = loop_read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
    for (ssize_t i = 0; i < size; i++) {
      if (buffer[i] != '\n') {
        if (length < sizeof line - 1) line[length++] = buffer[i];
        continue;
      }
      line[length] = '\0';
      lines++;
      letters += (int)length;
      fprintf(stderr, "line %d: %s\n", lines, line);
      length = 0;
    }
  }
  /* After the ticks that are printed, so that the output does not depend on when the input comes. */
  while (loop_now() < 400) loop_sleep(10);
  printf("%d lines, %d letters\n", lines, letters);
  is_finished = 1;
  (void)argument;
}

int main(void) {
  static int numbers[] = {70, 10, 50, 30, 90, 20};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) loop_spawn(sleep_and_print, &numbers[i]);
  loop_run();
  printf("sorted\n");
  loop_spawn(tick, "a");
  loop_spawn(tick, "b");
  loop_spawn(count_input, NULL);
  loop_run();
  printf("ticks went on: %d\n", ticks > 0);
  return 0;
}
