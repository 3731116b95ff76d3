// One position for everything that plays together: the films of several runs, or the sounds of which one is heard.
// A player follows the transport; the transport follows the longest player, whose clock is the browser's own.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";

/** Something that plays: a video or audio element, or the frames of a GIF. Times are in seconds. */
export interface Player {
  readonly duration: number;
  now(): number;
  seek(time: number): void;
  /** Rejects where the browser does not let it play. */
  play(): Promise<void>;
  pause(): void;
  setRate(rate: number): void;
  /** 0 to 1. */
  setVolume(volume: number): void;
}

/** Further apart than this, two players are heard or seen to differ. */
const DRIFT = 0.12;
/** The end of a film is reported a little early or late. */
const END = 0.02;

export interface Clock {
  request(tick: () => void): number;
  cancel(id: number): void;
}

const frames: Clock = {
  request: (tick) => requestAnimationFrame(tick),
  cancel: (id) => cancelAnimationFrame(id),
};

export interface TransportOptions {
  loop: boolean;
  /** 0 to 1. */
  volume: number;
  /** Nothing plays but what is chosen. */
  single?: boolean;
  clock?: Clock;
}

export class Transport {
  /** Seconds from the beginning. It stays when players come and go. */
  readonly time: Signal<number> = signal(0);
  readonly playing: Signal<boolean> = signal(false);
  readonly rate: Signal<number> = signal(1);
  readonly loop: Signal<boolean>;
  readonly volume: Signal<number>;
  /** What the browser said when it would not play. */
  readonly refused: Signal<string | null> = signal(null);

  readonly #duration: Signal<number> = signal(0);
  readonly #players = new Set<Player>();
  readonly #clock: Clock;
  readonly #single: boolean;
  #solo: Player | null = null;
  #ticking: number | null = null;

  constructor(options: TransportOptions) {
    this.loop = signal(options.loop);
    this.volume = signal(options.volume);
    this.#single = options.single ?? false;
    this.#clock = options.clock ?? frames;
  }

  /** Of the longest player. */
  get duration(): ReadonlySignal<number> {
    return this.#duration;
  }

  /** A player is there: it takes the position, and plays if the others do. Call what it returns when it goes. */
  add(player: Player): () => void {
    this.#players.add(player);
    this.#measure();
    player.setRate(this.rate.peek());
    player.setVolume(this.volume.peek());
    player.seek(Math.min(this.time.peek(), player.duration));
    if (this.playing.peek() && this.#isHeard(player) && this.time.peek() < player.duration)
      this.#start(player);
    return () => {
      this.#players.delete(player);
      player.pause();
      if (this.#solo === player) this.#solo = null;
      this.#measure();
    };
  }

  /** Go on as `other` does: where it is, as fast, as loud, playing if it plays. */
  follow(other: Transport): void {
    this.pause();
    this.loop.value = other.loop.peek();
    this.setRate(other.rate.peek());
    this.setVolume(other.volume.peek());
    this.time.value = other.now();
    for (const player of this.#players) player.seek(Math.min(this.time.peek(), player.duration));
    if (!other.playing.peek()) return;
    this.playing.value = true;
    for (const player of this.#players)
      if (this.#isHeard(player) && this.time.peek() < player.duration) this.#start(player);
    this.#ticking ??= this.#clock.request(this.#tick);
  }

  /** The position, to the very moment. */
  now(): number {
    const leader = this.playing.peek() ? this.#leader() : null;
    return leader ? Math.min(leader.now(), leader.duration) : this.time.peek();
  }

  /** Only this one plays from now on, from the position where the other was. */
  choose(player: Player): void {
    if (this.#solo === player) return;
    const before = this.#solo;
    if (this.playing.peek() && before) this.time.value = Math.min(before.now(), before.duration);
    this.#solo = player;
    for (const other of this.#players) if (other !== player) other.pause();
    player.seek(Math.min(this.time.peek(), player.duration));
    if (this.playing.peek()) this.#start(player);
  }

  toggle(): void {
    if (this.playing.peek()) this.pause();
    else this.play();
  }

  play(): void {
    if (this.#players.size === 0) return;
    const leader = this.#leader();
    if (leader && this.time.peek() >= leader.duration - END) this.seek(0);
    this.playing.value = true;
    this.refused.value = null;
    for (const player of this.#players)
      if (this.#isHeard(player) && this.time.peek() < player.duration) this.#start(player);
    this.#ticking ??= this.#clock.request(this.#tick);
  }

  pause(): void {
    this.playing.value = false;
    if (this.#ticking !== null) this.#clock.cancel(this.#ticking);
    this.#ticking = null;
    for (const player of this.#players) player.pause();
    const leader = this.#leader();
    // They stop within a frame of each other: now they show the same one.
    if (leader) this.seek(leader.now());
  }

  seek(time: number): void {
    const to = Math.min(Math.max(time, 0), this.#duration.peek());
    this.time.value = to;
    for (const player of this.#players) {
      player.seek(Math.min(to, player.duration));
      if (this.playing.peek() && this.#isHeard(player) && to < player.duration) this.#start(player);
    }
  }

  /** To the frame before (-1) or after (1), at `fps` frames a second. */
  step(by: number, fps: number): void {
    this.pause();
    this.seek(timeOf(frameAt(this.time.peek(), fps) + by, fps));
  }

  setRate(rate: number): void {
    this.rate.value = rate;
    for (const player of this.#players) player.setRate(rate);
  }

  setVolume(volume: number): void {
    this.volume.value = volume;
    for (const player of this.#players) player.setVolume(volume);
  }

  #isHeard(player: Player): boolean {
    return this.#solo === player || (this.#solo === null && !this.#single);
  }

  #start(player: Player): void {
    player.play().catch((reason: unknown) => {
      // A film that is replaced while it starts says so too; only the last word on one that is here counts.
      if (!this.#players.has(player) || (reason as DOMException | null)?.name === "AbortError") return;
      this.refused.value = reason instanceof Error ? reason.message : String(reason);
      this.pause();
    });
  }

  #leader(): Player | null {
    if (this.#solo || this.#single) return this.#solo;
    let leader: Player | null = null;
    for (const player of this.#players) if (!leader || player.duration > leader.duration) leader = player;
    return leader;
  }

  #measure(): void {
    // While a film is being replaced nothing is there for a moment: the position must not jump.
    if (this.#players.size > 0) this.#duration.value = Math.max(...[...this.#players].map((p) => p.duration));
  }

  #tick = (): void => {
    this.#ticking = null;
    if (!this.playing.peek()) return;
    const leader = this.#leader();
    if (leader) {
      const now = leader.now();
      if (now >= leader.duration - END) {
        if (!this.loop.peek()) {
          this.pause();
          return;
        }
        this.seek(0);
      } else {
        this.time.value = now;
        for (const player of this.#players) {
          const off = Math.abs(player.now() - now) > DRIFT * this.rate.peek();
          if (player !== leader && off && this.#isHeard(player) && now < player.duration - END)
            player.seek(now);
        }
      }
    }
    this.#ticking = this.#clock.request(this.#tick);
  };
}

/** Number of the frame that is shown at `time`. */
export function frameAt(time: number, fps: number): number {
  return Math.max(0, Math.floor(time * fps + 1e-6));
}

/** A time that lies well inside a frame, so that rounding does not show its neighbor. */
export function timeOf(frame: number, fps: number): number {
  return Math.max(0, frame + 0.5) / fps;
}

/** "0:03.2", "12:07.0"; with hours where there are some. */
export function formatTime(seconds: number, digits = 1): string {
  const unit = 10 ** digits;
  const whole = Math.round(Math.max(0, Number.isFinite(seconds) ? seconds : 0) * unit);
  const [s, m] = [(whole % (60 * unit)) / unit, Math.floor(whole / (60 * unit))];
  const rest = s.toFixed(digits).padStart(digits > 0 ? digits + 3 : 2, "0");
  return m < 60 ? `${m}:${rest}` : `${Math.floor(m / 60)}:${String(m % 60).padStart(2, "0")}:${rest}`;
}
