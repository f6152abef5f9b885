const GROWTH = 1.6;

/** Does a task again and again, ever less often, until it says that there is nothing more to do. */
export class Repeater {
  readonly #task: () => Promise<boolean>;
  readonly #shortestMs: number;
  readonly #longestMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The time of the clock that it is waiting for; while it does the task, none. */
  #due = Infinity;
  #waitMs = 0;

  /**
   * @param task resolves with whether it is to be done again
   * @param wait milliseconds between two times, at least and at most
   */
  constructor(
    task: () => Promise<boolean>,
    { shortestMs, longestMs }: { shortestMs: number; longestMs: number },
  ) {
    this.#task = task;
    this.#shortestMs = shortestMs;
    this.#longestMs = longestMs;
  }

  /**
   * Begins, or begins anew, in so many milliseconds; sooner where it is waiting for an earlier time
   * already, or else who is started again and again would never do anything.
   */
  start(ms: number): void {
    this.#waitMs = ms;
    const due = Date.now() + ms;
    if (this.#due <= due) return;
    this.stop();
    this.#due = due;
    const timer = setTimeout(() => {
      this.#due = Infinity;
      void this.#task().then((again) => {
        // Unless it was started anew or stopped meanwhile.
        if (!again || this.#timer !== timer) return;
        const longer = Math.max(this.#waitMs * GROWTH, this.#shortestMs);
        this.start(Math.min(longer, this.#longestMs));
      });
    }, ms);
    this.#timer = timer;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = Infinity;
  }
}
