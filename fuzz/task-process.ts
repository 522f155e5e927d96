/** The far end of a process that is given one task: it says that it is there, works, and ends when it is done or left alone. */
export function workOn<T>(run: (task: T) => Promise<void>): void {
  process.on("disconnect", () => process.exit());
  process.on("message", (task: T) => {
    run(task).then(
      () => process.disconnect?.(),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.send?.({ ready: true });
}
