// How much the machine draws in a given time, found out while drawing.

const MOST = 2 ** 22;

export class Pace {
  /** Points a millisecond. */
  #rate: number;
  readonly #least: number;

  /** `first`: points that are drawn while nothing is known; a quarter of it is drawn however slow it goes. */
  constructor(first: number) {
    this.#rate = first / 25;
    this.#least = first / 4;
  }

  /** `points` took `ms` from the call until the GPU was done. */
  took(points: number, ms: number): void {
    if (points >= this.#least) this.#rate = (this.#rate + points / Math.max(ms, 0.5)) / 2;
  }

  /** Points for so many milliseconds. */
  points(ms: number): number {
    return Math.round(Math.min(MOST, Math.max(this.#least, this.#rate * ms)));
  }
}
