// The table of a chart: it is logged beside the chart, whole, and is folded until somebody wants to read it.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { RunView, ViewerProps } from "../../core/registry";
import { TableViewer } from "./view";

/** The key of the chart that a table belongs to; null when it stands for itself. */
export function chartOf(name: string, runs: readonly RunView[]): string | null {
  if (!name.endsWith("_table")) return null;
  const key = name.slice(0, -"_table".length).replace(/^Custom Chart Tables\//, "");
  return runs.some((run) => run.model.mediaSteps(key, "chart-file").length > 0) ? key : null;
}

export function TableOrFold(props: ViewerProps): JSX.Element {
  const open = useSignal(false);
  const chart = chartOf(props.name, props.runs);
  if (chart === null || open.value) return <TableViewer {...props} />;
  return (
    <button
      type="button"
      class="nb-link"
      onClick={() => {
        open.value = true;
      }}
    >
      Show the rows of chart “{chart}”
    </button>
  );
}
