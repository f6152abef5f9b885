/** Milliseconds that the rate is an average of. Parts arrive in lumps; people read calm figures. */
const WINDOW_MS = 8000;
/** Milliseconds after which a rate says something. */
const SETTLING_MS = 500;
/** Milliseconds without a byte that are no lump any more. */
const STALLED_MS = 8000;

/** How fast bytes go out, all files together. */
export class Throughput {
  readonly #now: () => number;
  #samples: { at: number; bytes: number }[] = [];
  #lastAt: number | undefined;

  /** @param now milliseconds of a clock that does not jump */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes that bytes were sent since the last note. */
  add(bytes: number): void {
    this.#lastAt = this.#now();
    this.#samples.push({ at: this.#lastAt, bytes });
    this.#forgetOld();
  }

  /** Begins anew, as after a pause. */
  reset(): void {
    this.#samples = [];
    this.#lastAt = undefined;
  }

  /** Whether bytes went out before, and none do now. */
  get isStalled(): boolean {
    return this.#lastAt !== undefined && this.#now() - this.#lastAt >= STALLED_MS;
  }

  /** Bytes a second; undefined as long as it cannot be told. */
  get rate(): number | undefined {
    this.#forgetOld();
    const first = this.#samples[0];
    if (!first) return undefined;
    const elapsed = this.#now() - first.at;
    if (elapsed < SETTLING_MS) return undefined;
    // The bytes of the first sample were sent before it was noted.
    const bytes = this.#samples.slice(1).reduce((sum, sample) => sum + sample.bytes, 0);
    return (Math.max(bytes, 0) / elapsed) * 1000;
  }

  #forgetOld(): void {
    const oldest = this.#now() - WINDOW_MS;
    while (this.#samples.length > 0 && (this.#samples[0]?.at ?? 0) < oldest) this.#samples.shift();
  }
}
