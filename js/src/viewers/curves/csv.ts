// All numbers of a chart as CSV: a row for each step, a column for each run. Pure.

import type { Points } from "./points";

export interface Column {
  name: string;
  points: Points;
}

/** RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** `axis` is the name of the x axis where it is not the step: each run then has a column of it. */
export function csvOf(columns: readonly Column[], axis: string): string {
  const steps = Float64Array.from(new Set(columns.flatMap(({ points }) => [...points.steps]))).sort();
  const heads = columns.flatMap(({ name }) => (axis ? [`${name} ${axis}`, name] : [name]));
  const rows = new Map(columns.map((column) => [column, new Map<number, number>()]));
  for (const column of columns)
    column.points.steps.forEach((step, i) => {
      rows.get(column)?.set(step, i);
    });
  const lines = [["step", ...heads].map(cell).join(",")];
  for (const step of steps) {
    const values = columns.flatMap((column) => {
      const at = rows.get(column)?.get(step);
      const of = (from: Float64Array): string => (at === undefined ? "" : String(from[at]));
      return axis ? [of(column.points.x), of(column.points.y)] : [of(column.points.y)];
    });
    lines.push([String(step), ...values].join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}
