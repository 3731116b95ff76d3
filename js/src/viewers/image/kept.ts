// Things kept in memory up to a budget: what was not used for longest goes first.

export class Kept<T> {
  /** In the order of use. */
  #held = new Map<string, T>();
  #bytes = 0;

  constructor(
    readonly budget: number,
    readonly sizeOf: (held: T) => number,
    /** Told of what goes, to free what is not memory of JavaScript's. */
    readonly dropped: (held: T) => void = () => undefined,
  ) {}

  get(name: string): T | null {
    const held = this.#held.get(name);
    if (held === undefined) return null;
    this.#held.delete(name);
    this.#held.set(name, held);
    return held;
  }

  put(name: string, made: T): void {
    const before = this.#held.get(name);
    if (before !== undefined && before !== made) this.#drop(name, before);
    else if (before !== undefined) this.#bytes -= this.sizeOf(before);
    this.#held.delete(name);
    this.#held.set(name, made);
    this.#bytes += this.sizeOf(made);
    for (const [oldest, old] of this.#held) {
      if (this.#bytes <= this.budget || oldest === name) break;
      this.#drop(oldest, old);
    }
  }

  #drop(name: string, held: T): void {
    this.#held.delete(name);
    this.#bytes -= this.sizeOf(held);
    this.dropped(held);
  }
}
