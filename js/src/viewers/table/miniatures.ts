// Pictures of charts in cells: made one at a time, while the page has nothing else to do, and kept for when the row
// is scrolled back into view.

/** Pictures that are kept; each takes some ten thousand pixels. */
const KEPT = 200;
/** Milliseconds after which a picture is made though the page has not come to rest. */
const PATIENCE = 1_000;

interface Waiting {
  run: () => Promise<unknown>;
  signal: AbortSignal;
}

/** Calls back when the page has nothing to do, or the patience has ended. */
type Rest = (then: () => void) => void;

const atRest: Rest = (then) => {
  if (typeof requestIdleCallback === "function") requestIdleCallback(then, { timeout: PATIENCE });
  else setTimeout(then, 30); // Safari
};

export class Miniatures<Picture> {
  /** The one that was asked for last stands last. One that could not be made is kept with its error. */
  private readonly kept = new Map<string, Promise<Picture>>();
  private readonly waiting: Waiting[] = [];
  private busy = false;

  constructor(private readonly rest: Rest = atRest) {}

  /** The picture of this name, when it was made or is being made. */
  find(name: string): Promise<Picture> | null {
    const found = this.kept.get(name);
    if (!found) return null;
    this.kept.delete(name);
    this.kept.set(name, found);
    return found;
  }

  /** The picture of this name, in its turn. A signal that is aborted before then takes it out of the line. */
  make(name: string, draw: () => Promise<Picture>, signal: AbortSignal): Promise<Picture> {
    return new Promise((resolve, reject) => {
      const run = (): Promise<unknown> => {
        const made = this.find(name) ?? this.keep(name, draw());
        return made.then(resolve, reject);
      };
      this.waiting.push({ run, signal });
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      this.next();
    });
  }

  private keep(name: string, made: Promise<Picture>): Promise<Picture> {
    this.kept.set(name, made);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
    return made;
  }

  private next(): void {
    if (this.busy || this.waiting.length === 0) return;
    this.busy = true;
    this.rest(async () => {
      let one = this.waiting.shift();
      while (one?.signal.aborted) one = this.waiting.shift();
      await one?.run();
      this.busy = false;
      this.next();
    });
  }
}
