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
import { type CurveDef, pointsOf } from "./points";

export interface SaveProps {
  io: Io;
  runs: readonly RunView[];
  def: CurveDef;
  plot: { readonly current: CurvePlot | null };
}

const FAR = 2 ** 53;
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
    if (!shown) throw new Error("The chart is not drawn yet");
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
    const axis = plot.current?.axis ?? "";
    const keys = axis ? [...def.keys, axis] : def.keys;
    const columns = await Promise.all(
      runs.map(async (run) => {
        const models = keys.map((key) => run.model.series(key));
        const whole = models.some(({ sampled }) => sampled)
          ? await io.series(run.model.id, keys, -FAR, FAR, ALL)
          : null;
        const held = models.map((series, k) =>
          whole ? { steps: whole.steps, values: whole.values[k] as Float64Array, sampled: false } : series,
        );
        const place = axis ? (held.pop() ?? null) : null;
        const name = runs.length > 1 ? `${run.label} ${def.name}` : def.name;
        return { name, points: pointsOf(def, held, place, axis.startsWith("_")) };
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
