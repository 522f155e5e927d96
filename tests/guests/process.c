/* What a program knows of the world: arguments, environment, time, chance, input; and how it ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void at_exit(void) { printf("atexit\n"); }

static double since(struct timespec start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start.tv_sec) * 1e3 + (double)(now.tv_nsec - start.tv_nsec) / 1e6;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
  for (char **at = environ; *at != NULL; at++) printf("environment: %s\n", *at);
  const char *name = getenv("NAME");
  printf("NAME is %s\n", name == NULL ? "not set" : name);

  struct timespec start;
  struct timespec now;
  printf("clock_gettime %d\n", clock_gettime(CLOCK_REALTIME, &now));
  printf("after 2020: %d\n", now.tv_sec > 1577836800);
  clock_gettime(CLOCK_MONOTONIC, &start);
  struct timespec shortly = {0, 20000000};
  printf("nanosleep %d\n", nanosleep(&shortly, NULL));
  double slept = since(start);
  printf("slept 20 ms: %d\n", slept >= 20 && slept < 2000);

  unsigned char bytes[32] = {0};
  unsigned char others[32] = {0};
  printf("getentropy %d %d\n", getentropy(bytes, sizeof bytes), getentropy(others, sizeof others));
  printf("different: %d\n", memcmp(bytes, others, sizeof bytes) != 0);

  char line[80];
  int lines = 0;
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    printf("input %d: %s\n", ++lines, line);
  }
  printf("%d lines\n", lines);

  fprintf(stderr, "to standard error\n");
  printf("a terminal: %d\n", isatty(1));
  atexit(at_exit);
  const char *code = getenv("CODE");
  fflush(stdout);
  if (code != NULL && strcmp(code, "abort") == 0) abort();
  if (code != NULL) exit(atoi(code));
  return 0;
}
