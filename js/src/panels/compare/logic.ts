// What the compare panel shows of several runs. Pure.

import { colorOf, PALETTE } from "../../core/palette";
import { byName } from "../../core/run-model";

export interface RunName {
  id: string;
  name: string;
}

/** A label for each run, unique among them: the name, with the id where two share one. */
export function labelsOf(runs: readonly RunName[]): string[] {
  const times = new Map<string, number>();
  for (const { name } of runs) times.set(name, (times.get(name) ?? 0) + 1);
  return runs.map(({ id, name }) => (name === "" ? id : times.get(name) === 1 ? name : `${name} · ${id}`));
}

/** The palette, then the palette mixed with gray: twenty runs can still be told apart. */
export function colorOfRun(index: number): string {
  const color = colorOf(index);
  if (Math.floor(index / PALETTE.length) % 2 === 0) return color;
  const mixed = [1, 3, 5].map((at) => (Number.parseInt(color.slice(at, at + 2), 16) + 0x8c) >> 1);
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

export interface KeyedRuns<T> {
  key: string;
  kind: string;
  /** The runs that logged it, in the panel's order. */
  runs: T[];
}

/** Keys of all runs in natural order, each with the runs that have it. */
export function keysOf<T>(
  runs: readonly { run: T; keys: readonly { key: string; kind: string }[] }[],
): KeyedRuns<T>[] {
  const found = new Map<string, KeyedRuns<T>>();
  for (const { run, keys } of runs)
    for (const { key, kind } of keys) {
      const name = `${kind}\n${key}`;
      const entry = found.get(name);
      if (entry) entry.runs.push(run);
      else found.set(name, { key, kind, runs: [run] });
    }
  return [...found.values()].sort((a, b) => byName(a.key, b.key) || byName(a.kind, b.kind));
}
