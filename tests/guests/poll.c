/* Waits for input and for time, at once: reports lines as they come, and how often nothing came for 100 ms. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  int quiet = 0;
  for (;;) {
    struct pollfd polled = {.fd = 0, .events = POLLIN};
    int count = poll(&polled, 1, 100);
    if (count == 0) {
      quiet++;
      printf("quiet %d\n", quiet);
      continue;
    }
    char buffer[64];
    ssize_t size = read(0, buffer, sizeof buffer);
    if (size <= 0) break;
    printf("got %.*s\n", (int)strcspn(buffer, "\n"), buffer);
  }
  printf("end\n");
  return 0;
}
