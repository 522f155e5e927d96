/* An event loop for fibers: while some wait for time or input, others run. */
#ifndef LOOP_H
#define LOOP_H

#include <stddef.h>
#include <sys/types.h>

typedef void task_function(void *argument);

/* A fiber that the loop runs. */
void loop_spawn(task_function *function, void *argument);

/* Runs until all tasks have returned. To be called outside of tasks; everything below inside of them. */
void loop_run(void);

/* Lets the other tasks run that can. */
void loop_yield(void);

/* Waits. Tasks go on in the order of the times that they wait for, however late the loop gets to them. */
void loop_sleep(int milliseconds);

/* Milliseconds since the loop began, as the task knows them: without the delays of the machine. */
int loop_now(void);

/* As read(2), but other tasks run in the meantime. */
ssize_t loop_read(int fd, void *buffer, size_t size);

#endif
