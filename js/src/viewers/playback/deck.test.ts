import { expect, test } from "vitest";
import { Deck } from "./deck";
import type { Player } from "./transport";

class Fake implements Player {
  at = 0;
  playing = false;
  constructor(readonly duration: number) {}
  now(): number {
    return this.at;
  }
  seek(time: number): void {
    this.at = time;
  }
  play(): Promise<void> {
    this.playing = true;
    return Promise.resolve();
  }
  pause(): void {
    this.playing = false;
  }
  setRate(): void {}
  setVolume(): void {}
}

const clock = { request: () => 1, cancel: () => {} };

function films(...durations: number[]): { deck: Deck; players: Fake[] } {
  const deck = new Deck({ loop: true, volume: 0, clock });
  const players = durations.map((duration) => new Fake(duration));
  for (const [i, player] of players.entries()) deck.add(String(i), player);
  deck.choose("0");
  return { deck, players };
}

function sounds(...durations: number[]): { deck: Deck; players: Fake[] } {
  const deck = new Deck({ loop: false, volume: 1, single: true, clock });
  const players = durations.map((duration) => new Fake(duration));
  for (const [i, player] of players.entries()) deck.add(String(i), player);
  deck.choose("0");
  return { deck, players };
}

const playing = (players: Fake[]): boolean[] => players.map((player) => player.playing);

test("unlinked films go on from where they are, and each has its own position then", () => {
  const { deck, players } = films(4, 6);
  deck.current.seek(2);
  deck.current.play();
  deck.link(false);
  expect(playing(players)).toEqual([true, true]);
  expect(players.map((player) => player.at)).toEqual([2, 2]);
  deck.choose("1");
  deck.current.pause();
  deck.current.seek(5);
  expect(playing(players)).toEqual([true, false]);
  expect(players.map((player) => player.at)).toEqual([2, 5]);
});

test("linked again they go where the chosen one is, playing if that plays", () => {
  const { deck, players } = films(4, 6);
  deck.link(false);
  deck.choose("1");
  deck.current.seek(3);
  deck.of("0").seek(1);
  deck.of("0").play();
  deck.link(true);
  expect(playing(players)).toEqual([false, false]);
  expect(players.map((player) => player.at)).toEqual([3, 3]);
  expect(deck.of("0")).toBe(deck.of("1"));
  deck.current.play();
  expect(playing(players)).toEqual([true, true]);
});

test("what takes a film's place has its position, linked or not", () => {
  const { deck } = films(4, 6);
  deck.link(false);
  deck.of("1").seek(2.5);
  const next = new Fake(8);
  const leave = deck.add("1", next);
  expect(next.at).toBe(2.5);
  deck.link(true);
  deck.of("1").seek(7);
  expect(next.at).toBe(7);
  leave();
  deck.current.seek(1);
  expect(next.at).toBe(7);
});

test("of linked sounds another goes on where the one before is; unlinked ones remember their own place", () => {
  const { deck, players } = sounds(4, 4);
  const [a, b] = players as [Fake, Fake];
  deck.current.play();
  a.at = 1.5;
  deck.choose("1");
  expect(playing(players)).toEqual([false, true]);
  expect(b.at).toBe(1.5);
  deck.link(false);
  expect(playing(players)).toEqual([false, true]);
  b.at = 3;
  deck.choose("0");
  expect(playing(players)).toEqual([true, false]);
  expect(a.at).toBe(1.5);
  deck.choose("1");
  expect(playing(players)).toEqual([false, true]);
  expect(b.at).toBe(3);
  deck.link(true);
  expect(playing(players)).toEqual([false, true]);
  expect(players.map((player) => player.at)).toEqual([3, 3]);
});

test("pausing the deck pauses everything, and a second link changes nothing", () => {
  const { deck, players } = films(4, 6);
  deck.link(false);
  deck.of("0").play();
  deck.of("1").play();
  deck.link(false);
  expect(playing(players)).toEqual([true, true]);
  deck.pause();
  expect(playing(players)).toEqual([false, false]);
});

test("the first clip is chosen, in whatever order they come, until somebody chooses", () => {
  const deck = new Deck({ loop: false, volume: 1, single: true, clock });
  deck.among([]);
  expect(deck.chosen.value).toBe("");
  deck.among(["b"]);
  deck.among(["a", "b"]);
  expect(deck.chosen.value).toBe("a");
  deck.choose("b");
  deck.among(["a", "b", "c"]);
  expect(deck.chosen.value).toBe("b");
  deck.among(["a", "c"]);
  expect(deck.chosen.value).toBe("a");
});
