// Long work a little at a time, so that whoever shares the thread gets a turn: the page, or a message that cancels it.

/** Run `work` to its end, at most `ms` milliseconds at a time. */
export async function inTurns<T>(work: Generator<unknown, T>, ms: number, signal: AbortSignal): Promise<T> {
  let began = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - began > ms) {
      await new Promise((resume) => setTimeout(resume, 0));
      signal.throwIfAborted();
      began = performance.now();
    }
  }
}
