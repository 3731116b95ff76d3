// Several keys in one chart. A chart draws one key of each of its runs: so each key of a run stands as a run of its own,
// which answers with that key's numbers when it is asked for the chart's.

import type { Io } from "../../../../core/io";
import { colorOf } from "../../../../core/palette";
import type { RunView } from "../../../../core/registry";
import type { RunModel } from "../../../../core/run-model";

const BETWEEN = "\n";

/** `run` under the name of one of its keys: `asked` is the key that the chart asks for. */
function keyOfRun(model: RunModel, key: string, asked: string): RunModel {
  return new Proxy(model, {
    get(target, name) {
      if (name === "id") return target.id + BETWEEN + key;
      if (name === "series") return (wanted: string) => target.series(wanted === asked ? key : wanted);
      const value = target[name as keyof RunModel];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A color that is still the run's, nearer to gray with each further key. */
function shade(color: string, nth: number): string {
  if (nth === 0 || !/^#[0-9a-f]{6}$/i.test(color)) return color;
  const share = Math.min(0.65, 0.3 * nth);
  const mixed = [1, 3, 5].map((at) =>
    Math.round(Number.parseInt(color.slice(at, at + 2), 16) * (1 - share) + 0x96 * share),
  );
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** The first key is the one that the chart asks for. */
export function keyViews(keyed: readonly { key: string; runs: readonly RunView[] }[]): RunView[] {
  const asked = keyed[0]?.key ?? "";
  const alone = new Set(keyed.flatMap(({ runs }) => runs.map(({ model }) => model.id))).size <= 1;
  return keyed.flatMap(({ key, runs }, nth) =>
    runs.map(({ model, color, label }) => ({
      model: keyOfRun(model, key, asked),
      color: alone ? colorOf(nth) : shade(color, nth),
      label: alone ? key : `${label} · ${key}`,
    })),
  );
}

/** What such runs ask for, asked of the runs that they are made of. */
export function realIo(io: Io, asked: string): Io {
  return new Proxy(io, {
    get(target, name) {
      if (name === "series")
        return (id: string, keys: string[], ...rest: [number, number, number]) => {
          const [run, key] = id.split(BETWEEN) as [string, string];
          return target.series(
            run,
            keys.map((wanted) => (wanted === asked ? key : wanted)),
            ...rest,
          );
        };
      const value = target[name as keyof Io] as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
