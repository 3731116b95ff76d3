// The stretch of time that is looked at: zooming, moving along, and the ticks of its axis.

import { formatTime } from "../playback/transport";

/** Seconds. */
export interface Span {
  from: number;
  to: number;
}

/**
 * `span` (null: all of `length`) made `factor` times shorter, so that what is at `at` stays where it is; `least` is the
 * shortest there is. Null when it is everything again.
 */
export function zoomed(
  span: Span | null,
  length: number,
  factor: number,
  at: number,
  least: number,
): Span | null {
  const { from, to } = span ?? { from: 0, to: length };
  const wide = Math.max(Math.min((to - from) / factor, length), Math.min(least, length));
  const share = to > from ? (Math.min(Math.max(at, from), to) - from) / (to - from) : 0.5;
  return within({ from: at - share * wide, to: at + (1 - share) * wide }, length);
}

/** `span` moved by so many of its own widths. */
export function panned(span: Span | null, length: number, by: number): Span | null {
  if (!span) return null;
  const move = (span.to - span.from) * by;
  return within({ from: span.from + move, to: span.to + move }, length);
}

/** A selection of which the order does not matter; null where it is too short to have been meant. */
export function selected(a: number, b: number, length: number, least: number): Span | null {
  const from = Math.max(0, Math.min(a, b));
  const to = Math.min(length, Math.max(a, b));
  return to - from >= least ? within({ from, to }, length) : null;
}

/** `span` moved so that it shows `time`, which goes on: a page further, as one reads. */
export function following(span: Span, time: number, length: number): Span | null {
  if (time >= span.from && time <= span.to) return span;
  return within({ from: time, to: time + span.to - span.from }, length);
}

function within({ from, to }: Span, length: number): Span | null {
  const wide = to - from;
  if (!(wide > 0) || wide >= length * (1 - 1e-9)) return null;
  const begin = Math.min(Math.max(0, from), length - wide);
  return { from: begin, to: begin + wide };
}

export interface Tick {
  /** Seconds. */
  at: number;
  /** 0 left, 1 right. */
  share: number;
  text: string;
}

/** Seconds between ticks, from a microsecond to a day. */
const STEPS = [
  ...[-6, -5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((n) => Number(`${n}e${power}`))),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400],
];
/** CSS pixels that a character takes, and that stay free between two times. */
const [CHARACTER, GAP] = [6, 26];

/** Round times of the axis, as many as have room in `width` CSS pixels. */
export function ticks(span: Span, width: number): Tick[] {
  const wide = span.to - span.from;
  if (!(wide > 0) || width < 1) return [];
  for (const step of STEPS) {
    const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    const room = formatTime(span.to, digits).length * CHARACTER + GAP;
    if ((step / wide) * width < room) continue;
    const found: Tick[] = [];
    // The last one is left out where its time would be cut off.
    const last = span.to - ((room - GAP) / width) * wide;
    for (let n = Math.ceil(span.from / step - 1e-6); n * step <= last; n++)
      found.push({ at: n * step, share: (n * step - span.from) / wide, text: formatTime(n * step, digits) });
    return found;
  }
  return [];
}

/** Digits of a second that tell times in `span` apart. */
export function digitsOf({ from, to }: Span): number {
  return Math.min(6, Math.max(0, Math.ceil(1.5 - Math.log10(to - from))));
}

/** "0:01.250 – 0:01.500", with as many digits as tell the two apart. */
export function describeSpan(span: Span): string {
  const digits = digitsOf(span);
  return `${formatTime(span.from, digits)} – ${formatTime(span.to, digits)}`;
}
