// Which runs are drawn, and how runs of a group are told. Pure.

import type { RunView } from "../../../core/registry";
import type { Json } from "../../../core/wire";
import type { RunLook, ViewDoc } from "../document";

/** The first `most` runs of the query whose eye is on. */
export function visibleOf(
  ids: readonly string[],
  looks: { [id: string]: RunLook } | undefined,
  most: number,
): string[] {
  const found: string[] = [];
  for (const id of ids) {
    if (found.length === most) break;
    if (looks?.[id]?.hidden !== true) found.push(id);
  }
  return found;
}

/** How many ids to ask for so that `most` of them are surely drawn, were as many there. */
export function idsNeeded(looks: { [id: string]: RunLook } | undefined, most: number): number {
  return most + Object.values(looks ?? {}).filter(({ hidden }) => hidden === true).length;
}

/** Runs that are kept beside those that are drawn: an eye that is opened again shows its run at once. */
const KEPT = 60;

/** What to keep up to date: all that are drawn, then those that were, the last first. */
export function keptOf(shown: readonly string[], before: readonly string[]): string[] {
  const drawn = new Set(shown);
  return [...shown, ...before.filter((id) => !drawn.has(id)).slice(0, KEPT)];
}

/** The value of a catalogue's field ("config.lr", "run.group", "tags") in a run that is held. */
export function fieldOf({ model }: RunView, field: string): Json {
  const info = model.info.value;
  if (field === "tags") return info?.tags ?? null;
  const dot = field.indexOf(".");
  const [section, name] = [field.slice(0, dot), field.slice(dot + 1)];
  if (section === "config") return within(model.config.value, name);
  if (section === "summary") return within(model.summary.value, name);
  const fields: { [name: string]: Json | undefined } = {
    name: info?.name,
    id: model.id,
    state: info?.state,
    group: info?.group,
    job_type: info?.jobType,
    notes: info?.notes,
    host: info?.host,
    created: info?.created,
    last_step: info?.lastStep,
    exit_code: info?.exitCode,
  };
  const value = fields[name];
  return value === undefined || value === "" ? null : value;
}

/** A key may have dots of its own, or be a way into what was nested. */
function within(tree: { [key: string]: Json }, path: string): Json {
  if (Object.hasOwn(tree, path)) return tree[path] as Json;
  let value: Json | undefined = tree;
  for (const part of path.split(".")) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
    value = value[part];
  }
  return value ?? null;
}

/** How the view names the group of a run. */
export function groupKeyOf(run: RunView, fields: readonly string[]): string {
  return JSON.stringify(fields.map((field) => fieldOf(run, field)));
}

/** Without the runs of groups whose eye is off. */
export function shownInGroups(runs: readonly RunView[], view: ViewDoc): RunView[] {
  const fields = view.query?.group ?? [];
  const { groups } = view;
  if (fields.length === 0 || !groups) return [...runs];
  return runs.filter((run) => groups[groupKeyOf(run, fields)]?.hidden !== true);
}
