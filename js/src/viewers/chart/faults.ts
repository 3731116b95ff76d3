// What is wrong with a chart, in a sentence for who made it: where Vega speaks of its own code, or goes on and draws
// nothing.

import { type Chart, DATA, isVega, type Spec } from "./logic";

const MARKS =
  "arc area bar boxplot circle errorband errorbar geoshape image line point rect rule square text tick trail";
const VEGA_MARKS = "arc area group image line path rect rule shape symbol text trail";
const TYPES = "quantitative temporal ordinal nominal geojson";
/** Specifications inside of one of Vega-Lite's. */
const INNER = ["layer", "concat", "hconcat", "vconcat", "spec"];

const listed = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(", ");
const isSpec = (one: unknown): one is Spec => typeof one === "object" && one !== null && !Array.isArray(one);
const within = (spec: Spec): Spec[] =>
  INNER.flatMap((name) => (Array.isArray(spec[name]) ? (spec[name] as unknown[]) : [spec[name]])).filter(
    isSpec,
  );

/** What Vega said when it broke off, and before it what it may have meant. */
export function brokenBy(spec: Spec, said: string): string {
  const vega = `Vega: ${said.replace(/^TypeError: /, "")}`;
  const reason = isVega(spec) ? oddMark(spec) : oddPart(spec);
  return reason ? `${reason}. ${vega}` : vega;
}

function oddMark(spec: Spec): string | null {
  const marks = Array.isArray(spec.marks) ? spec.marks.filter(isSpec) : [];
  for (const mark of marks) {
    const found = unknown("mark", mark.type, VEGA_MARKS) ?? oddMark(mark);
    if (found) return found;
  }
  return null;
}

function oddPart(spec: Spec): string | null {
  const mark = isSpec(spec.mark) ? spec.mark.type : spec.mark;
  if (mark !== undefined) {
    const found = unknown("mark", mark, MARKS);
    if (found) return found;
  }
  for (const [channel, given] of Object.entries(isSpec(spec.encoding) ? spec.encoding : {})) {
    const found =
      isSpec(given) && given.type !== undefined && unknown(`type of ${channel}`, given.type, TYPES);
    if (found) return found;
  }
  for (const inner of within(spec)) {
    const found = oddPart(inner);
    if (found) return found;
  }
  return null;
}

function unknown(what: string, given: unknown, accepted: string): string | null {
  if (accepted.split(" ").includes(given as string)) return null;
  return `The ${what} is ${JSON.stringify(given) ?? "missing"}; accepted are ${accepted.replaceAll(" ", ", ")}`;
}

/** Why a chart has nothing to show; null when it may have. `fields`: the columns that fill the holes of its preset. */
export function emptiness(charts: readonly Chart[], fields: readonly string[]): string | null {
  const tables = charts.filter(({ columns }) => Object.keys(columns).length > 0 || fields.length > 0);
  if (tables.length < charts.length || charts.length === 0) return null; // it holds its own data
  if (charts.every(({ of }) => of === 0))
    return /* of roc_curve */ fields.includes("fpr")
      ? "No curve: there have to be rows of a class and rows of others"
      : "The table of this chart has no rows";
  const missing = fields.find((name) =>
    charts.every(({ columns }) => (columns[name] ?? []).every((cell) => cell === null)),
  );
  return missing === undefined
    ? null
    : `Nothing to draw: all cells of the column ${JSON.stringify(missing)} are NaN, infinite or missing`;
}

/** A warning of Vega's as a sentence about the table. */
export function warned(text: string, { columns }: Chart): string {
  const channel = /^Cannot project a selection on encoding channel "(.*)",/.exec(text)?.[1];
  if (channel !== undefined) return `No column is drawn on the axis ${channel}`;
  if (/^Symbol legend count exceeds limit/.test(text)) return "The legend has no room for all names";
  const field = /^Infinite extent for field "(.*)":/.exec(text)?.[1];
  const has = Object.keys(columns);
  if (field === undefined || has.length === 0) return text;
  return has.includes(field)
    ? `No row has a number or a time in ${JSON.stringify(field)}`
    : `The table has no column ${JSON.stringify(field)}; it has ${listed(has)}`;
}

/** Said of a specification that does not read the table it was given. */
export const UNREAD = `The specification does not read the table: as its data it has to name the set "${DATA}"`;

/** Columns on logarithmic axes of a specification, where it draws the cells as they are. */
export function logarithmic(spec: Spec): string[] {
  const own = Object.values(isSpec(spec.encoding) ? spec.encoding : {}).flatMap((channel) => {
    if (!isSpec(channel) || !isSpec(channel.scale) || channel.scale.type !== "log") return [];
    const plain = typeof channel.field === "string" && /^\w+$/.test(channel.field);
    return plain && !channel.aggregate && !channel.bin ? [channel.field as string] : [];
  });
  return [...new Set([...own, ...within(spec).flatMap(logarithmic)])];
}

/** What of the cells has no place on logarithmic axes; null when all has. */
export function unplaced(charts: readonly Chart[]): string | null {
  for (const name of charts[0] ? logarithmic(charts[0].spec) : []) {
    const cells = charts.flatMap(({ columns, spec }) => columns[name] ?? ownCells(spec, name));
    const count = cells.filter((cell) => typeof cell === "number" && cell <= 0).length;
    if (count > 0)
      return `${count.toLocaleString("en-US")} of ${cells.length.toLocaleString("en-US")} cells of ${JSON.stringify(name)} are not drawn: a logarithmic axis has no place for zero and below`;
  }
  return null;
}

/** Cells of the data that stand in a specification, as altair writes them. */
function ownCells(spec: Spec, name: string): unknown[] {
  const sets = Object.values(isSpec(spec.datasets) ? spec.datasets : {});
  const values = isSpec(spec.data) ? spec.data.values : null;
  const rows = [...sets, values].filter(Array.isArray).flat() as unknown[];
  return rows.flatMap((row) => (isSpec(row) && name in row ? [row[name]] : []));
}

/** The same, where what has no logarithm is missing: Vega would draw it all at one end of the axis. */
export function positive(spec: Spec): Spec {
  if (isVega(spec)) return spec;
  const made: Spec = { ...spec };
  for (const name of INNER) {
    const inner = spec[name];
    if (Array.isArray(inner)) made[name] = inner.map((one) => (isSpec(one) ? positive(one) : one));
    else if (isSpec(inner)) made[name] = positive(inner);
  }
  const fields = logarithmic({ encoding: spec.encoding });
  if (fields.length === 0) return made;
  const gaps = fields.map((name) => ({
    calculate: `datum['${name}'] > 0 ? datum['${name}'] : null`,
    as: name,
  }));
  return { ...made, transform: [...((spec.transform ?? []) as unknown[]), ...gaps] };
}
