// The axes of parallel coordinates: each places the values of one field between bottom and top. Pure.

import type { Json } from "../../../../core/wire";
import { numberOf } from "./rows";
import { scaleOf } from "./scale";

export interface Axis {
  field: string;
  /** Pixels from the top; null where the run has no value that fits. */
  at: (value: Json | undefined) => number | null;
  ticks: { at: number; label: string }[];
  numeric: boolean;
  log: boolean;
  flipped: boolean;
}

/** Categories of an axis at most; of more only these are named, and the others stand together. */
const MOST_WORDS = 40;

export function wordOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function axisFor(
  field: string,
  values: readonly (Json | undefined)[],
  top: number,
  bottom: number,
  look: { log?: boolean; flip?: boolean; label: (tick: number) => string },
): Axis {
  const { log = false, flip = false } = look;
  const [from, to] = flip ? [top, bottom] : [bottom, top];
  const given = values.filter((value) => value !== null && value !== undefined);
  const numbers = given.flatMap((value) => numberOf(value) ?? []);
  // Words decide: one name among numbers makes all of them names.
  if (numbers.length === given.length) {
    const positive = log && numbers.some((value) => value > 0);
    const scale = scaleOf(numbers, from, to, {
      log: positive,
      pad: 0.03,
      count: Math.round((bottom - top) / 34),
    });
    return {
      field,
      numeric: true,
      log: positive,
      flipped: flip,
      ticks: scale.ticks.map((tick) => ({ at: scale.at(tick), label: look.label(tick) })),
      at: (value) => {
        const number = numberOf(value);
        return number === null || (positive && number <= 0) ? null : scale.at(number);
      },
    };
  }
  const words = [...new Set(given.map((value) => wordOf(value as Json)))].sort().slice(0, MOST_WORDS);
  const place = (nth: number): number => from + ((nth + 0.5) / words.length) * (to - from);
  const places = new Map(words.map((word, nth) => [word, place(nth)]));
  return {
    field,
    numeric: false,
    log: false,
    flipped: flip,
    ticks: words.map((word, nth) => ({ at: place(nth), label: word })),
    at: (value) => (value === null || value === undefined ? null : (places.get(wordOf(value)) ?? null)),
  };
}

/** Whether a run lies in every range that was brushed; ranges are pixels by field. */
export function inBrushes(
  places: ReadonlyMap<string, number | null>,
  brushes: { readonly [field: string]: readonly [number, number] },
): boolean {
  return Object.entries(brushes).every(([field, [from, to]]) => {
    const at = places.get(field);
    return at !== null && at !== undefined && at >= from && at <= to;
  });
}
