// Fields of many runs, for charts that draw a point or a bar a run: more runs than curves can show.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { messageOf } from "../../../../core/message";
import type { Json } from "../../../../core/wire";
import type { Problem, RunsPage } from "../../wire";
import type { Work } from "../work";

export interface FieldRow {
  id: string;
  name: string;
  color: string;
  /** In the order of the asked fields; null where the run has none. */
  values: Json[];
}

export interface FieldRows {
  /** Null while nothing came. */
  rows: FieldRow[] | null;
  /** Runs that the query finds. */
  matched: number;
  error: string | null;
  retry: () => void;
}

/** Runs that are drawn at most. */
export const MOST = 1000;

/** Fields of the runs that the view's query finds, without those whose eye is off. */
export function useRows(work: Work, fields: readonly string[]): FieldRows {
  const { project } = work;
  const answer = useSignal<RunsPage | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  const view = project.view.value;
  const query = JSON.stringify(project.query.value);
  const asked = JSON.stringify(fields);
  const pulse = project.pulse.value;
  useEffect(() => {
    const stop = new AbortController();
    const question = {
      what: "page",
      query: JSON.parse(query),
      fields: JSON.parse(asked),
      offset: 0,
      limit: MOST,
    } as const;
    project.ask<RunsPage | Problem>(question, stop.signal).then(
      (found) => {
        if (stop.signal.aborted) return;
        error.value = null;
        if (!("problem" in found)) answer.value = found;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [project, query, asked, pulse, tries.value]);
  const { runs: looks } = view;
  const page = answer.value;
  const rows = useMemo(
    () =>
      page?.rows
        .filter(({ id }) => looks?.[id]?.hidden !== true)
        .map(({ id, name, values }) => ({ id, name: name || id, color: project.colorOf(id), values })),
    [page, looks, project],
  );
  return { rows: rows ?? null, matched: page?.matched ?? 0, error: error.value, retry: () => tries.value++ };
}

/** A number, also of the words by which the wire tells those that JSON has not; null for all else. */
export function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : typeof value === "boolean"
      ? Number(value)
      : null;
}
