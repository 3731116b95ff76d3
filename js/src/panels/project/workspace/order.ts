// Where a section or a panel stands among others: a text that sorts. One that nobody moved has its place from its name,
// so that nothing has to be written for it, and new keys appear where they would be looked for. Pure.

import { BASE_62_DIGITS, generateKeyBetween } from "fractional-indexing";

/** What is listed in an order. */
export interface Ordered {
  id: string;
  order: string;
}

export function byOrder(a: Ordered, b: Ordered): number {
  return a.order < b.order ? -1 : a.order > b.order ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

const BASE = BASE_62_DIGITS.length;
/** Characters of a name that decide where it stands. */
const DECIDING = 32;

/**
 * The place of what is called `name`, among others of its rank (0 to 61): in natural order, "layer2" before "layer10".
 * It is a key of the library's own form, so that others fit in before and after it.
 */
export function placeOf(rank: number, name: string): string {
  let text = "";
  for (const [part, number] of name
    .toLowerCase()
    .slice(0, DECIDING)
    .matchAll(/0*(\d+)|[^\d]/g)) {
    // A longer number is a larger one.
    if (number !== undefined) text += digits(48) + digits(number.length) + [...number].map(digitOf).join("");
    else text += digits(part.charCodeAt(0));
  }
  // The end is below any character, so that a name stands before those that begin with it; a key may not end in 0.
  return `a${digit(rank)}${text}${digits(1)}`;
}

function digit(value: number): string {
  return BASE_62_DIGITS[value] as string;
}

function digitOf(char: string): string {
  return digit(Number(char));
}

/** A code as two digits, or as five beyond those. */
function digits(code: number): string {
  const most = (BASE - 1) * BASE;
  if (code < most) return digit(Math.floor(code / BASE)) + digit(code % BASE);
  const rest = code - most;
  return `z${digit(Math.floor(rest / BASE ** 3))}${digit(Math.floor(rest / BASE ** 2) % BASE)}${digit(Math.floor(rest / BASE) % BASE)}${digit(rest % BASE)}`;
}

/** A place between two others; null: before all, after all. */
export function between(before: string | null, after: string | null): string {
  // Two who moved at once may have got the same place: what comes between them then follows them.
  const end = before !== null && after !== null && before >= after ? null : after;
  return generateKeyBetween(sound(before), sound(end));
}

/** A key that the library understands: Python code may have written another. */
function sound(key: string | null): string | null {
  if (key === null) return null;
  try {
    generateKeyBetween(key, null);
    return key;
  } catch {
    return placeOf(BASE - 1, key);
  }
}

/** The place of what is put at `index` among these, which stand in order; `moved` may be one of them. */
export function placeAt(others: readonly Ordered[], index: number, moved?: string): string {
  const rest = others.filter(({ id }) => id !== moved);
  const at = Math.max(0, Math.min(index, rest.length));
  return between(rest[at - 1]?.order ?? null, rest[at]?.order ?? null);
}
