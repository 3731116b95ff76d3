// What the run panel shows and where. Pure.

import { floorIndex } from "../../core/cursor";
import { byName } from "../../core/run-model";
import type { Source } from "../../core/session";
import type { RunInfo } from "../../core/wire";

export interface MediaKey {
  key: string;
  kind: string;
}

/** One section: the keys that share what stands before their first "/". */
export interface Group {
  /** Tells a prefix named "Charts" from ours. */
  id: string;
  title: string;
  curves: string[];
  media: MediaKey[];
}

/** Whether a key is meant by what was typed: all words, in any order, in any case; `/…/` is a regular expression. */
export function matcher(query: string): (key: string) => boolean {
  const typed = query.trim();
  if (typed.length > 2 && typed.startsWith("/") && typed.endsWith("/")) {
    try {
      const pattern = new RegExp(typed.slice(1, -1), "i");
      return (key) => pattern.test(key);
    } catch {
      // Half-typed: take it as words.
    }
  }
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return (key) => {
    const lower = key.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}

/** One group for each prefix; keys without "/" are "Charts" and "Media". Groups with curves stand first. */
export function groupKeys(curves: readonly string[], media: readonly MediaKey[]): Group[] {
  const charts: Group = { id: "charts", title: "Charts", curves: [], media: [] };
  const pictures: Group = { id: "media", title: "Media", curves: [], media: [] };
  const named = new Map<string, Group>();
  const place = (key: string, plain: Group): Group => {
    const slash = key.indexOf("/");
    if (slash <= 0) return plain;
    const title = key.slice(0, slash);
    let group = named.get(title);
    if (!group) {
      group = { id: `${title}/`, title, curves: [], media: [] };
      named.set(title, group);
    }
    return group;
  };
  for (const key of curves) place(key, charts).curves.push(key);
  for (const medium of media) place(medium.key, pictures).media.push(medium);
  const prefixed = [...named.values()].sort((a, b) => byName(a.title, b.title));
  const drawn = prefixed.filter((g) => g.curves.length > 0);
  const shown = prefixed.filter((g) => g.curves.length === 0);
  return [charts, ...drawn, pictures, ...shown].filter((g) => g.curves.length + g.media.length > 0);
}

/** Steps per second over the last ten seconds that the run computed; NaN when that cannot be said. */
export function rateOf(steps: Float64Array, runtimes: Float64Array, window = 10): number {
  const last = Math.min(steps.length, runtimes.length) - 1;
  if (last < 1) return Number.NaN;
  const end = runtimes[last] as number;
  const from = Math.max(0, Math.min(last - 1, floorIndex(runtimes.subarray(0, last), end - window)));
  const seconds = end - (runtimes[from] as number);
  return seconds > 0 ? ((steps[last] as number) - (steps[from] as number)) / seconds : Number.NaN;
}

/** The state in words, with the exit code where it says something. */
export function stateText(info: RunInfo): string {
  return info.state === "failed" && info.exitCode ? `failed · exit ${info.exitCode}` : info.state;
}

/** Where the picture comes from, when it is not simply live. `busy` null: the host does not say. */
export function sourceText(source: Source, reason: string, busy: boolean | null, running: boolean): string {
  switch (source) {
    case "busy-store":
      return busy === false ? "reading from the store" : "kernel busy · reading from the store";
    case "busy-stale":
      return "kernel busy · showing what was received last";
    case "gone-store":
      return reason && `${reason} · showing from the store`;
    case "gone-stale":
      return running ? `${reason} · showing what was received last` : reason;
    case "waiting":
      return "waiting for the kernel";
    case "live":
      return "";
  }
}
