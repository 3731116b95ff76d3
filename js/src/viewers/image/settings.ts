// What a person has set for everything that lies over the pictures of a panel, and the zoom that they share.

import { type Signal, signal } from "@preact/signals";
import type { Cursor } from "../../core/cursor";
import { classKey, isNothing, type Labels, labelOf } from "./classes";
import { type View, WHOLE } from "./logic";
import type { Box, Kind } from "./parts";

export type Operator = "≥" | "≤" | "=" | "between";
export type Line = "solid" | "dashed" | "dotted";

export const OPERATORS: readonly Operator[] = ["≥", "≤", "=", "between"];
export const LINES: readonly Line[] = ["solid", "dashed", "dotted"];

/** Only boxes whose score is so; boxes without that score stay. */
export interface Filter {
  operator: Operator;
  at: number;
  /** The other end of "between". */
  to: number;
}

export interface Settings {
  /** Everything at once, without forgetting the rest. */
  shown: boolean;
  /** Of masks, 0..1. */
  opacity: number;
  /** Masks as areas, or only the lines where the class changes. */
  outlined: boolean;
  /** Groups that are switched off, as `groupKey`. */
  off: ReadonlySet<string>;
  /** Classes that were switched on or off, as `classKey`. */
  classes: ReadonlyMap<string, boolean>;
  filters: ReadonlyMap<string, Filter>;
  /** By the name of a group of boxes. */
  lines: ReadonlyMap<string, Line>;
  lineWidth: number;
  /** Names beside boxes. */
  names: boolean;
}

/** Before anybody has set anything. */
export const BEGINNING: Settings = {
  shown: true,
  opacity: 0.45,
  outlined: false,
  off: new Set(),
  classes: new Map(),
  filters: new Map(),
  lines: new Map(),
  lineWidth: 2,
  names: true,
};

export interface Linked {
  settings: Signal<Settings>;
  view: Signal<View>;
}

const panels = new WeakMap<Cursor, Linked>();

/** What all pictures of a panel share; a panel has one cursor. */
export function linkedBy(cursor: Cursor): Linked {
  let linked = panels.get(cursor);
  if (!linked) {
    linked = { settings: signal(BEGINNING), view: signal(WHOLE) };
    panels.set(cursor, linked);
  }
  return linked;
}

/** Lines are thin: they are drawn stronger than areas. */
export function maskOpacity({ outlined, opacity }: Settings): number {
  return outlined ? Math.min(1, opacity * 2) : opacity;
}

export function groupKey(kind: Kind, name: string): string {
  return `${kind}/${name}`;
}

export function showsGroup(settings: Settings, kind: Kind, name: string): boolean {
  return settings.shown && !settings.off.has(groupKey(kind, name));
}

/** Whether a class is shown; what stands for nothing in a mask only when it was switched on. */
export function showsClass(settings: Settings, kind: Kind, labels: Labels, id: number): boolean {
  const chosen = settings.classes.get(classKey(id, labelOf(labels, id)));
  return chosen ?? !(kind === "masks" && isNothing(id, labels[id]));
}

export function passes(filters: Settings["filters"], box: Box): boolean {
  for (const [name, { operator, at, to }] of filters) {
    const score = box.scores[name];
    if (score === undefined) continue;
    const holds =
      operator === "≥"
        ? score >= at
        : operator === "≤"
          ? score <= at
          : operator === "="
            ? Math.abs(score - at) <= 1e-9 * Math.max(1, Math.abs(at))
            : score >= Math.min(at, to) && score <= Math.max(at, to);
    if (!holds) return false;
  }
  return true;
}

/** Boxes of the first group have solid lines, of the second dashed ones: prediction and truth are told apart. */
export function lineOf(settings: Settings, name: string, place: number): Line {
  return settings.lines.get(name) ?? (LINES[place % LINES.length] as Line);
}

export function toggled<T>(set: ReadonlySet<T>, member: T): Set<T> {
  const changed = new Set(set);
  if (!changed.delete(member)) changed.add(member);
  return changed;
}

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V | null): Map<K, V> {
  const changed = new Map(map);
  if (value === null) changed.delete(key);
  else changed.set(key, value);
  return changed;
}
