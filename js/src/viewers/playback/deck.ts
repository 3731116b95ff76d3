// The transports of one key: one for all its clips while they are linked, else one for each.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Player, Transport, type TransportOptions } from "./transport";

export class Deck {
  /** The clip that the controls are for, where each has a transport of its own; the one that is heard. */
  readonly chosen: Signal<string> = signal("");
  readonly #linked: Signal<boolean> = signal(true);
  readonly #options: TransportOptions;
  readonly #shared: Transport;
  readonly #own = new Map<string, Transport>();
  #picked = false;
  readonly #players = new Map<string, { player: Player; leave: () => void }>();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#shared = new Transport(options);
  }

  /** `link` changes it. */
  get linked(): ReadonlySignal<boolean> {
    return this.#linked;
  }

  /** What moves the clip `id`. */
  of(id: string): Transport {
    return this.#linked.value ? this.#shared : this.#ownOf(id);
  }

  /** What the controls move. */
  get current(): Transport {
    return this.of(this.chosen.value);
  }

  /** The clip `id` has this player from now on. Call what it returns when it goes. */
  add(id: string, player: Player): () => void {
    const before = this.#players.get(id);
    const held = { player, leave: this.#transportOf(id).add(player) };
    this.#players.set(id, held);
    this.#hear(id);
    before?.leave();
    return () => {
      held.leave();
      if (this.#players.get(id) === held) this.#players.delete(id);
    };
  }

  /** The controls are for this clip now; where one is heard at a time, it is this one. */
  choose(id: string): void {
    this.#picked = true;
    this.#choose(id);
  }

  /** One of these is chosen: the first, until somebody chooses another. They come one by one, in any order. */
  among(ids: readonly string[]): void {
    if (ids[0] === undefined || (this.#picked && ids.includes(this.chosen.peek()))) return;
    this.#picked = false;
    this.#choose(ids[0]);
  }

  #choose(id: string): void {
    const before = this.chosen.peek();
    if (before === id) return;
    this.chosen.value = id;
    if (this.#options.single && !this.#linked.peek()) {
      const other = this.#own.get(before);
      const playing = other?.playing.peek() ?? false;
      other?.pause();
      this.#hear(id);
      if (playing) this.#ownOf(id).play();
    } else this.#hear(id);
  }

  /** Let all clips play as one, or each by itself: they go on from where they are. */
  link(linked: boolean): void {
    if (this.#linked.peek() === linked) return;
    const chosen = this.chosen.peek();
    if (linked) this.#shared.follow(this.#ownOf(chosen));
    const before = linked ? null : this.#shared;
    this.#linked.value = linked;
    for (const [id, held] of this.#players) {
      const to = this.#transportOf(id);
      // Where one is heard at a time, the others wait where it is.
      if (before) to.follow(before);
      if (before && this.#options.single && id !== chosen) to.pause();
      held.leave();
      held.leave = to.add(held.player);
      this.#hear(id);
    }
    if (before) before.pause();
    else for (const own of this.#own.values()) own.pause();
  }

  pause(): void {
    this.#shared.pause();
    for (const own of this.#own.values()) own.pause();
  }

  #transportOf(id: string): Transport {
    return this.#linked.peek() ? this.#shared : this.#ownOf(id);
  }

  #ownOf(id: string): Transport {
    let own = this.#own.get(id);
    if (!own) {
      own = new Transport(this.#options);
      own.follow(this.#shared);
      own.pause();
      this.#own.set(id, own);
    }
    return own;
  }

  /** Where one is heard at a time, tell its transport which one. */
  #hear(id: string): void {
    const player = this.#players.get(id)?.player;
    if (!this.#options.single || !player) return;
    if (!this.#linked.peek() || id === this.chosen.peek()) this.#transportOf(id).choose(player);
  }
}
