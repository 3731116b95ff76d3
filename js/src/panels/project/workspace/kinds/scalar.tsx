// One number, large: of the runs together or of the best of them, and how far it is from the baseline.

import type { JSX } from "preact";
import { formatValue } from "../../../../core/format";
import { EmptyState } from "../../../../core/panel";
import { type BodyProps, plainName, textOf } from "../work";
import { Card, ofRows } from "./frame";
import { type FieldRow, numberOf, useRows } from "./rows";

export type Over = "first" | "min" | "max" | "mean" | "median";
export const OVERS: readonly [Over, string][] = [
  ["first", "of the first run"],
  ["min", "the least"],
  ["max", "the greatest"],
  ["mean", "the mean"],
  ["median", "the median"],
];

export interface Chosen {
  value: number;
  /** The run that it is of; null: of all together. */
  row: FieldRow | null;
  count: number;
}

export function chosenOf(rows: readonly FieldRow[], over: Over): Chosen | null {
  const known = rows.flatMap((row) => {
    const value = numberOf(row.values[0]);
    return value === null ? [] : [{ row, value }];
  });
  const [first] = known;
  if (!first) return null;
  const count = known.length;
  const sorted = [...known].sort((a, b) => a.value - b.value);
  const middle = sorted[count >> 1] as typeof first;
  switch (over) {
    case "first":
      return { ...first, count };
    case "min":
      return { ...(sorted[0] as typeof first), count };
    case "max":
      return { ...(sorted[count - 1] as typeof first), count };
    case "mean":
      return { value: known.reduce((sum, { value }) => sum + value, 0) / count, row: null, count };
    case "median": {
      const lower = sorted[(count - 1) >> 1] as typeof first;
      return { value: (lower.value + middle.value) / 2, row: null, count };
    }
  }
}

export function ScalarPanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const field = textOf(panel, "field");
  const found = useRows(work, [field]);
  const over = OVERS.find(([name]) => name === textOf(panel, "over"))?.[0] ?? "first";
  const baseline = work.project.view.value.baseline_run ?? "";
  return (
    <Card title={panel.title}>
      {() =>
        ofRows(found, "No runs", (rows) => {
          const chosen = chosenOf(rows, over);
          if (!chosen) return <EmptyState title={`No run has a number for ${plainName(field)}`} />;
          const base = rows.find(({ id }) => id === baseline);
          return <Big chosen={chosen} over={over} base={base} />;
        })
      }
    </Card>
  );
}

function Big(props: { chosen: Chosen; over: Over; base: FieldRow | undefined }): JSX.Element {
  const { chosen, over, base } = props;
  const { value, row, count } = chosen;
  const from = base ? numberOf(base.values[0]) : null;
  const delta = from === null || base?.id === row?.id ? null : value - from;
  return (
    <div class="nb-ws-scalar">
      <div class="nb-ws-scalar-value nb-number" title={String(value)}>
        {formatValue(value, 5)}
      </div>
      {delta !== null && from !== null && (
        <div class="nb-ws-scalar-delta nb-number" title={`Baseline ${base?.name}: ${from}`}>
          {delta > 0 ? "+" : ""}
          {formatValue(delta, 4)}
          {from !== 0 && ` (${delta > 0 ? "+" : ""}${formatValue((delta / Math.abs(from)) * 100, 3)} %)`}
          <span class="nb-quiet"> to {base?.name}</span>
        </div>
      )}
      <div class="nb-quiet nb-ws-scalar-of">
        {row ? (
          <>
            <span class="nb-swatch" style={{ background: row.color }} /> {row.name}
            {over !== "first" && `, ${over === "min" ? "least" : "greatest"} of ${count}`}
          </>
        ) : (
          `${over} of ${count} runs`
        )}
      </div>
    </div>
  );
}
