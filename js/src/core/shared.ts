// One piece of work for all who want the same thing.

interface Work<T> {
  result: Promise<T>;
  waiting: number;
  stop: AbortController;
}

/** Joins equal requests; the work is aborted only when the last who waits for it has left. */
export class Shared<T> {
  #open = new Map<string, Work<T>>();

  get(name: string, start: (stop: AbortSignal) => Promise<T>, stop?: AbortSignal): Promise<T> {
    if (stop?.aborted) return Promise.reject(stop.reason);
    const work = this.#open.get(name) ?? this.#start(name, start);
    work.waiting++;
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        if (--work.waiting === 0) {
          this.#close(name, work);
          work.stop.abort(stop?.reason);
        }
        reject(stop?.reason);
      };
      const done = (): void => stop?.removeEventListener("abort", leave);
      stop?.addEventListener("abort", leave, { once: true });
      work.result.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }

  #start(name: string, start: (stop: AbortSignal) => Promise<T>): Work<T> {
    const stop = new AbortController();
    const work: Work<T> = { result: start(stop.signal), waiting: 0, stop };
    this.#open.set(name, work);
    const close = (): void => this.#close(name, work);
    work.result.then(close, close);
    return work;
  }

  #close(name: string, work: Work<T>): void {
    if (this.#open.get(name) === work) this.#open.delete(name);
  }
}
