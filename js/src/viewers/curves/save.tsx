// Saving a chart: a picture of what is seen, or all numbers of it.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { RunView } from "../../core/registry";
import { download } from "../download";
import { csvOf } from "./csv";
import { pngOf, svgOf } from "./picture";
import type { CurvePlot } from "./plot";
import { ALL_STEPS, type CurveDef } from "./points";

export interface SaveProps {
  io: Io;
  runs: readonly RunView[];
  def: CurveDef;
  plot: { readonly current: CurvePlot | null };
}

const NOT_DRAWN = "The chart is not drawn yet";
/** As many buckets as there may be: nothing is left out. */
const ALL = 2_000_000;

export function Save(props: SaveProps): JSX.Element {
  const { io, runs, def, plot } = props;
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const save = (make: () => Promise<[Blob, string]>) => async (): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      const [file, ending] = await make();
      download(file, `${def.name}.${ending}`);
    } catch (error) {
      problem.value = messageOf(error);
    }
    busy.value = false;
  };
  const svg = (): string => {
    const shown = plot.current?.shown;
    if (!shown) throw new Error(NOT_DRAWN);
    const style = getComputedStyle(shown.plot.root);
    const of = (name: string): string => style.getPropertyValue(name).trim();
    return svgOf(shown.plot, shown.lines, def.name, {
      ink: of("--nb-ink"),
      quiet: of("--nb-quiet"),
      rule: of("--nb-line"),
      paper: of("--nb-paper"),
      font: style.fontFamily.replaceAll('"', "'"),
    });
  };
  const csv = async (): Promise<string> => {
    const chart = plot.current;
    if (!chart) throw new Error(NOT_DRAWN);
    const { axis, keys } = chart;
    const columns = await Promise.all(
      runs.map(async (run) => {
        const held = keys.map((key) => run.model.series(key));
        const reduced = held.some(({ sampled }) => sampled) && held.every(({ n }) => n > 0);
        const said = reduced ? await io.series(run.model.id, keys, ...ALL_STEPS, ALL) : undefined;
        const name = runs.length > 1 ? `${run.label} ${def.name}` : def.name;
        return { name, points: chart.points(run, said) };
      }),
    );
    return csvOf(columns, axis);
  };
  const kinds: [label: string, title: string, make: () => Promise<[Blob, string]>][] = [
    ["PNG", "Picture of what is seen", async () => [await pngOf(svg(), 2), "png"]],
    ["SVG", "Drawing of what is seen", async () => [new Blob([svg()], { type: "image/svg+xml" }), "svg"]],
    [
      "CSV",
      "All points as they were logged",
      async () => [new Blob([await csv()], { type: "text/csv" }), "csv"],
    ],
  ];
  return (
    <span class="nb-curve-save">
      {kinds.map(([label, title, make]) => (
        <button
          key={label}
          type="button"
          class="nb-link"
          title={title}
          aria-label={`Save ${def.name} as ${label}`}
          disabled={busy.value}
          onClick={() => void save(make)()}
        >
          {label}
        </button>
      ))}
      {problem.value && <span role="alert">{problem.value}</span>}
    </span>
  );
}
