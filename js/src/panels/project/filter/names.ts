// Columns as they are typed in filters: found by any of the ways that nbtrack/query/columns.py accepts.

import type { Column } from "../wire";

const ALIASES: { [loose: string]: string } = {
  displayname: "run.name",
  created: "run.created",
  createdat: "run.created",
  createdtimestamp: "run.created",
  heartbeat: "run.heartbeat",
  heartbeatat: "run.heartbeat",
  updated: "run.heartbeat",
  updatedat: "run.heartbeat",
  finished: "run.finished",
  finishedat: "run.finished",
  runtime: "run.duration",
  step: "run.last_step",
  laststep: "run.last_step",
  username: "run.user",
  hostname: "run.host",
};

const loose = (name: string): string => name.replaceAll("_", "").toLowerCase();

/** The column that `typed` means, with or without backquotes: a field of runs, else of the summary, else of config. */
export function columnOf(columns: readonly Column[], typed: string): Column | undefined {
  const exact = columns.find((column) => column.name === typed);
  if (exact) return exact;
  const name = (typed.startsWith("`") ? typed.slice(1, -1) : typed).trim();
  const byField = (field: string): Column | undefined => columns.find((column) => column.field === field);
  const spelled = columns.find((column) => column.section === "run" && column.name === name);
  const alias = ALIASES[loose(name)];
  return (
    spelled ??
    byField(name) ??
    byField(`summary.${name}`) ??
    byField(`config.${name}`) ??
    (alias === undefined ? undefined : byField(alias)) ??
    columns.find((column) => column.section === "run" && loose(column.name) === loose(name))
  );
}

/** Columns that fit what was typed so far, the nearest first. */
export function columnsLike(columns: readonly Column[], typed: string, most: number): Column[] {
  const wanted = typed.replaceAll("`", "").toLowerCase();
  const ranked: [rank: number, column: Column][] = [];
  for (const column of columns) {
    const label = column.label.toLowerCase();
    const name = column.name.replaceAll("`", "").toLowerCase();
    const rank =
      label.startsWith(wanted) || name.startsWith(wanted)
        ? label === wanted || name === wanted
          ? 0
          : 1
        : label.split(/[._/\s-]/).some((part) => part.startsWith(wanted))
          ? 2
          : name.includes(wanted)
            ? 3
            : 4;
    if (rank < 4) ranked.push([rank, column]);
  }
  ranked.sort((a, b) => a[0] - b[0]);
  return ranked.slice(0, most).map(([, column]) => column);
}
