// Where the cameras of one panel stand: linked over its runs, or each on its own.

import { FRONT, turned, type View } from "./atoms";

type Told = (view: View) => void;

export class Cameras {
  #linked = true;
  #views = new Map<string, View>();
  #listeners = new Map<Told, { run: string; idx: number }>();

  get linked(): boolean {
    return this.#linked;
  }

  /** Link the runs' cameras; those of one molecule in a list then take the view that was set last. */
  set linked(linked: boolean) {
    if (linked === this.#linked) return;
    const kept = new Map<string, View>();
    for (const { run, idx } of this.#listeners.values()) {
      const from = this.#views.get(this.#slot(run, idx, !linked));
      const to = this.#slot(run, idx, linked);
      if (from && !kept.has(to)) kept.set(to, from);
    }
    this.#linked = linked;
    this.#views = kept;
    for (const [tell, { run, idx }] of this.#listeners) tell(this.of(run, idx));
  }

  of(run: string, idx: number): View {
    return this.#views.get(this.#slot(run, idx, this.#linked)) ?? FRONT;
  }

  /** Set a camera; everybody else who looks through it is told. */
  set(run: string, idx: number, view: View, from?: Told): void {
    const slot = this.#slot(run, idx, this.#linked);
    const before = this.#views.get(slot) ?? FRONT;
    if (same(before, view)) return;
    this.#views.set(slot, view);
    for (const [tell, other] of this.#listeners)
      if (tell !== from && this.#slot(other.run, other.idx, this.#linked) === slot) tell(view);
  }

  /** Turn all of them about the screen's vertical axis. */
  spin(degrees: number): void {
    const done = new Set<string>();
    for (const { run, idx } of [...this.#listeners.values()]) {
      const slot = this.#slot(run, idx, this.#linked);
      if (done.has(slot)) continue;
      done.add(slot);
      this.set(run, idx, turned(this.of(run, idx), "y", degrees));
    }
  }

  /** Be told of every change that somebody else makes; returns the way to end it. */
  listen(run: string, idx: number, tell: Told): () => void {
    this.#listeners.set(tell, { run, idx });
    return () => this.#listeners.delete(tell);
  }

  #slot(run: string, idx: number, linked: boolean): string {
    return linked ? String(idx) : `${run}/${idx}`;
  }
}

function same(a: View, b: View): boolean {
  const flat = (view: View): number[] => [...view.shift, view.zoom, ...view.turn];
  const other = flat(b);
  return flat(a).every((value, at) => Math.abs(value - (other[at] as number)) < 1e-9);
}
