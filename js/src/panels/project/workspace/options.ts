// The workspace's settings and the options of its curves, kept the same both ways.

import { effect, untracked } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Cursor } from "../../../core/cursor";
import type { RunView } from "../../../core/registry";
import { groupsOf } from "../../../viewers/curves/grouping";
import { type CurveOptions, type Grouping, optionsOf } from "../../../viewers/curves/options";
import type { ViewDoc } from "../document";
import type { Project } from "../project";
import { type CurveLook, lookEdits, lookOf, tooltipRunsOf } from "./settings";
import { groupKeyOf } from "./visible";

/** A slider that is dragged is stored once, when it rests. */
const REST_MS = 500;

export function takeLook(options: CurveOptions, look: CurveLook): void {
  if (options.axis.peek() !== look.axis) options.axis.value = look.axis;
  if (options.logX.peek() !== look.logX) options.logX.value = look.logX;
  if (options.logY.peek() !== look.logY) options.logY.value = look.logY;
  if (options.clip.peek() !== look.clip) options.clip.value = look.clip;
  const { kind, amount } = options.smoothing.peek();
  if (kind !== look.smoothing.kind || amount !== look.smoothing.amount)
    options.smoothing.value = look.smoothing;
}

function lookNow({ axis, logX, logY, smoothing, clip }: CurveOptions): CurveLook {
  return {
    axis: axis.value,
    logX: logX.value,
    logY: logY.value,
    smoothing: smoothing.value,
    clip: clip.value,
  };
}

/** The name by which the curves know a field of the catalogue. */
function settingOf(field: string): string {
  if (field === "run.job_type") return "jobType";
  return field.replace(/^run\./, "");
}

/** How the view groups the curves of these runs. */
function groupingOf(view: ViewDoc, runs: readonly RunView[], before: Grouping | null): Grouping | null {
  const fields = view.query?.group ?? [];
  if (fields.length === 0) return null;
  const by = fields.map(settingOf).join("\n");
  const colors: { [label: string]: string } = {};
  for (const { label, runs: members } of groupsOf(runs, by)) {
    const first = runs[members[0] as number];
    const color = first && view.groups?.[groupKeyOf(first, fields)]?.color;
    if (color) colors[label] = color;
  }
  return { center: before?.center ?? "mean", band: before?.band ?? "minmax", by, colors };
}

export function useCurveOptions(project: Project, cursor: Cursor, runs: readonly RunView[]): void {
  useEffect(() => {
    const options = optionsOf(cursor);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const store = (): void => {
      timer = undefined;
      const settings = project.view.peek().settings ?? {};
      const edits = untracked(() => lookEdits(settings, lookNow(options)));
      project.editView(edits, "change how curves are drawn");
    };
    let stored = "";
    const stops = [
      effect(() => {
        const look = lookOf(project.view.value.settings ?? {});
        const known = JSON.stringify(look);
        if (known === stored) return;
        stored = known;
        // What others stored wins over what was not stored yet.
        clearTimeout(timer);
        timer = undefined;
        takeLook(options, look);
      }),
      effect(() => {
        const look = lookNow(options);
        clearTimeout(timer);
        timer = undefined;
        if (lookEdits(project.view.peek().settings ?? {}, look).length > 0)
          timer = setTimeout(store, REST_MS);
      }),
      effect(() => {
        options.hoverRows.value = tooltipRunsOf(project.view.value.settings ?? {});
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      if (timer === undefined) return;
      clearTimeout(timer);
      store();
    };
  }, [project, cursor]);

  useEffect(
    () =>
      effect(() => {
        const options = optionsOf(cursor);
        const before = options.grouping.peek();
        const now = groupingOf(project.view.value, runs, before);
        if (JSON.stringify(now) !== JSON.stringify(before)) options.grouping.value = now;
      }),
    [project, cursor, runs],
  );
}
