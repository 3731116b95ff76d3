// What is done with several runs at once, and how it is told.

import { formatStep } from "../../../core/format";
import { download } from "../../../viewers/download";
import { both, literal } from "../filter/conditions";
import type { Project } from "../project";
import type { Act, Acted, Chosen, Problem, RunsQuery } from "../wire";

/** Ids in one filter: it may have 20,000 characters. */
const MOST_IDS = 1000;

export interface Told {
  text: string;
  failed: string[];
  /** Deleted runs, which can be had back. */
  undelete?: string[];
}

export function runsText(n: number): string {
  return n === 1 ? "1 run" : `${formatStep(n)} runs`;
}

const DONE: { [act in Act["act"]]: string } = {
  tag: "tagged",
  untag: "lost the tags",
  group: "moved",
  rename: "renamed",
  notes: "noted",
  delete: "deleted",
  undelete: "are back",
  stop: "will stop at their next log()",
};

/** Do something with runs. Throws with a sentence where nothing could be done. */
export async function doWith(project: Project, chosen: Chosen, act: Act): Promise<Told> {
  const answer = await project.ask<Acted | Problem>({ what: "act", ...chosen, ...act });
  if ("problem" in answer) throw new Error(answer.problem.message);
  const text = `${runsText(answer.done)} ${DONE[act.act]}`;
  return { text, failed: answer.failed };
}

/** Runs that were chosen one by one, as a query. */
export function queryOfIds(query: RunsQuery, ids: readonly string[]): RunsQuery {
  if (ids.length > MOST_IDS)
    throw new Error(`Choose all that match, or at most ${formatStep(MOST_IDS)} runs, to export them`);
  return { ...query, filter: both(query.filter ?? "", `id in (${ids.map(literal).join(", ")})`) };
}

export async function exportRuns(
  project: Project,
  query: RunsQuery,
  fields: string[],
  format: "csv" | "parquet",
): Promise<void> {
  const { content, buffers } = await project.packed({ what: "export", query, fields, format });
  const { problem, mime } = content as Partial<Problem> & { mime?: string };
  if (problem) throw new Error(problem.message);
  const file = new Blob(buffers as DataView<ArrayBuffer>[], { type: mime ?? "application/octet-stream" });
  download(file, `${project.name.project}-runs.${format}`);
}
