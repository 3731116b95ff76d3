import { expect, test } from "vitest";
import { formatTime, frameAt, type Player, Transport, timeOf } from "./transport";

class Fake implements Player {
  at = 0;
  playing = false;
  rate = 1;
  volume = -1;
  seeks = 0;
  constructor(
    readonly duration: number,
    readonly refusal?: Error,
  ) {}
  now(): number {
    return this.at;
  }
  seek(time: number): void {
    this.at = time;
    this.seeks++;
  }
  play(): Promise<void> {
    if (this.refusal) return Promise.reject(this.refusal);
    this.playing = true;
    return Promise.resolve();
  }
  pause(): void {
    this.playing = false;
  }
  setRate(rate: number): void {
    this.rate = rate;
  }
  setVolume(volume: number): void {
    this.volume = volume;
  }
  /** Time passes for what plays. */
  pass(seconds: number): void {
    if (this.playing) this.at = Math.min(this.duration, this.at + seconds * this.rate);
  }
}

function made(loop: boolean, ...players: Fake[]): { transport: Transport; frame: () => void } {
  let tick: (() => void) | null = null;
  const clock = {
    request(next: () => void): number {
      tick = next;
      return 1;
    },
    cancel(): void {
      tick = null;
    },
  };
  const transport = new Transport({ loop, volume: 1, clock });
  for (const player of players) transport.add(player);
  const frame = (): void => {
    const now = tick;
    tick = null;
    now?.();
  };
  return { transport, frame };
}

test("all play, pause and seek together; the longest says how long it takes", () => {
  const [short, long] = [new Fake(1), new Fake(3)];
  const { transport, frame } = made(false, short, long);
  expect(transport.duration.value).toBe(3);
  transport.play();
  expect([short.playing, long.playing]).toEqual([true, true]);
  for (const p of [short, long]) p.pass(0.5);
  frame();
  expect(transport.time.value).toBe(0.5);
  transport.seek(2);
  expect([short.at, long.at]).toEqual([1, 2]);
  transport.pause();
  expect([short.playing, long.playing]).toEqual([false, false]);
});

test("one that falls behind is brought back; a small difference is left alone", () => {
  const [slow, leader] = [new Fake(5), new Fake(6)];
  const { transport, frame } = made(false, slow, leader);
  transport.play();
  slow.pass(0.95);
  leader.pass(1);
  const before = slow.seeks;
  frame();
  expect(slow.seeks).toBe(before);
  leader.pass(1);
  frame();
  expect(slow.at).toBe(2);
});

test("at the end it stops, or begins again where it loops; play at the end begins again", () => {
  for (const loop of [false, true]) {
    const film = new Fake(1);
    const { transport, frame } = made(loop, film);
    transport.play();
    film.pass(2);
    frame();
    expect(transport.playing.value).toBe(loop);
    expect(film.at).toBe(loop ? 0 : 1);
    if (!loop) {
      transport.play();
      expect(film.at).toBe(0);
    }
  }
});

test("what takes a player's place goes on where it was", () => {
  const before = new Fake(4);
  const { transport, frame } = made(true);
  const remove = transport.add(before);
  transport.setRate(2);
  transport.setVolume(0.5);
  transport.play();
  before.pass(1);
  frame();
  const after = new Fake(3);
  transport.add(after);
  remove();
  expect(before.playing).toBe(false);
  expect([after.at, after.playing, after.rate, after.volume]).toEqual([2, true, 2, 0.5]);
  expect(transport.duration.value).toBe(3);
});

test("with one chosen only that one plays, and another goes on where it was", () => {
  const [a, b] = [new Fake(4), new Fake(4)];
  const { transport, frame } = made(false, a, b);
  transport.choose(a);
  transport.play();
  a.pass(1.5);
  frame();
  expect([a.playing, b.playing]).toEqual([true, false]);
  a.pass(0.25);
  transport.choose(b);
  expect([a.playing, b.playing, b.at]).toEqual([false, true, 1.75]);
});

test("where only one may play, nothing does before it is chosen", () => {
  const [a, b] = [new Fake(4), new Fake(2)];
  const transport = new Transport({
    loop: false,
    volume: 1,
    single: true,
    clock: { request: () => 1, cancel: () => {} },
  });
  transport.add(a);
  const remove = transport.add(b);
  transport.seek(1);
  transport.play();
  expect([a.playing, b.playing, transport.time.value]).toEqual([false, false, 1]);
  transport.choose(b);
  expect([a.playing, b.playing]).toEqual([false, true]);
  remove();
  expect([a.playing, b.playing]).toEqual([false, false]);
});

test("a browser that refuses to play is quoted, and nothing pretends to play", async () => {
  const { transport } = made(false, new Fake(1, new Error("not allowed")));
  transport.play();
  await Promise.resolve();
  await Promise.resolve();
  expect(transport.refused.value).toBe("not allowed");
  expect(transport.playing.value).toBe(false);
});

test("frames are stepped one by one, whatever the rate", () => {
  for (const fps of [4, 24, 29.97, 60]) {
    const { transport } = made(false, new Fake(100));
    for (let n = 1; n <= 200; n++) {
      transport.step(1, fps);
      expect(frameAt(transport.time.value, fps)).toBe(Math.min(n, Math.floor(100 * fps)));
    }
    transport.step(-1, fps);
    expect(frameAt(transport.time.value, fps)).toBe(199);
    expect(frameAt(timeOf(0, fps), fps)).toBe(0);
  }
});

test("times are short and do not jump in width", () => {
  expect(formatTime(3.24)).toBe("0:03.2");
  expect(formatTime(59.96)).toBe("1:00.0");
  expect(formatTime(3725, 0)).toBe("1:02:05");
  expect(formatTime(12.3456, 3)).toBe("0:12.346");
  expect(formatTime(Number.NaN)).toBe("0:00.0");
  expect(formatTime(9, 0)).toBe("0:09");
});
