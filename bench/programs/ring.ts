/** The queue of the schedulers in JavaScript: room for `size` tasks. */
export class Ring<Task> {
  waiting = 0;
  #first = 0;
  readonly #tasks: (Task | undefined)[];

  constructor(size: number) {
    this.#tasks = new Array<Task | undefined>(size).fill(undefined);
  }

  push(task: Task): void {
    let at = this.#first + this.waiting;
    if (at >= this.#tasks.length) at -= this.#tasks.length;
    this.#tasks[at] = task;
    this.waiting++;
  }

  pop(): Task {
    const task = this.#tasks[this.#first] as Task;
    if (++this.#first === this.#tasks.length) this.#first = 0;
    this.waiting--;
    return task;
  }
}
