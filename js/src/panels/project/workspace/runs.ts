// The runs that the workspace draws: the first of the view's query whose eye is on.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { messageOf } from "../../../core/message";
import type { RunView } from "../../../core/registry";
import type { Session } from "../../../core/session";
import { labelsOf } from "../../compare/logic";
import type { Project } from "../project";
import type { Problem, RunIds } from "../wire";
import { maxRunsOf } from "./settings";
import { idsNeeded, keptOf, shownInGroups, visibleOf } from "./visible";

export interface Visible {
  runs: RunView[];
  /** Runs that the query finds, and runs of the project; null while nobody knows. */
  matched: number | null;
  total: number;
  error: string | null;
  retry: () => void;
}

/** Asked for in steps of so many, so that an eye that closes asks for nothing. */
const SLACK = 50;

export function useVisible(project: Project, session: Session): Visible {
  const answer = useSignal<RunIds | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  const view = project.view.value;
  const most = maxRunsOf(view.settings ?? {});
  const limit = Math.ceil((idsNeeded(view.runs, most) + 1) / SLACK) * SLACK;
  const query = JSON.stringify(project.query.value);
  const ready = project.ready.value;
  useEffect(() => {
    if (!ready) return undefined;
    const stop = new AbortController();
    project.ask<RunIds | Problem>({ what: "ids", query: JSON.parse(query), limit }, stop.signal).then(
      (found) => {
        if (stop.signal.aborted) return;
        error.value = null;
        // What is wrong with a half-typed filter is said below it; the last good answer stays.
        if (!("problem" in found)) answer.value = found;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [project, query, limit, ready, project.pulse.value, tries.value]);

  const shown = visibleOf(answer.value?.ids ?? [], view.runs, most);
  const identity = shown.join();
  const before = useRef<string[]>([]);
  useEffect(() => {
    if (!answer.value) return;
    before.current = keptOf(shown, before.current);
    session.watch(before.current);
  }, [identity, answer.value === null, session]);

  const models = new Map(session.runs.map((model) => [model.id, model]));
  const there = shown.flatMap((id) => models.get(id) ?? []);
  const labels = labelsOf(there.map(({ id, info }) => ({ id, name: info.value?.name ?? "" })));
  const colors = there.map(({ id }) => project.colorOf(id));
  const runs = useMemo(
    () =>
      there.map((model, i): RunView => ({ model, color: colors[i] as string, label: labels[i] as string })),
    [there.map(({ id }) => id).join(), labels.join("\n"), colors.join(), session],
  );
  const drawn = shownInGroups(runs, view);
  const same = useRef(runs);
  if (drawn.length !== same.current.length || drawn.some((run, i) => run !== same.current[i]))
    same.current = drawn;
  return {
    runs: same.current,
    matched: answer.value?.matched ?? null,
    total: answer.value?.total ?? 0,
    error: error.value,
    retry: () => tries.value++,
  };
}
