// How the workspace draws: what is stored of it, and the same as the curves take it. Pure.

import { CLOCK, STEP, TIME } from "../../../viewers/curves/options";
import type { Smoothing, SmoothingKind } from "../../../viewers/curves/smoothing";
import type { SettingsDoc } from "../document";
import type { Edit } from "../wire";

/** What of the curves' options a workspace stores. */
export interface CurveLook {
  axis: string;
  logX: boolean;
  logY: boolean;
  smoothing: Smoothing;
  clip: boolean;
}

export const MAX_RUNS = 10;
export const MAX_RUNS_CHOICES = [10, 20, 50, 100, 250, 1000] as const;

/** Names of wandb-workspaces, also those that it takes instead. */
const AXES: { [name: string]: string } = {
  Step: STEP,
  _step: STEP,
  "RelativeTime(Process)": TIME,
  "RelativeTime(Wall)": TIME,
  RelativeTime: TIME,
  WallTime: CLOCK,
};
const SMOOTHING_NAMES: Record<SmoothingKind, string> = {
  "time-ema": "exponentialTimeWeighted",
  ema: "exponential",
  gaussian: "gaussian",
  average: "average",
};

export function axisOf(name: string | undefined): string {
  if (name === undefined) return STEP;
  return Object.hasOwn(AXES, name) ? (AXES[name] as string) : name;
}

export function axisName(axis: string): string {
  return Object.entries(AXES).find(([, own]) => own === axis)?.[0] ?? axis;
}

export function lookOf(settings: SettingsDoc): CurveLook {
  const kinds = Object.entries(SMOOTHING_NAMES) as [SmoothingKind, string][];
  const kind = kinds.find(([, name]) => name === settings.smoothing_type)?.[0] ?? "time-ema";
  const weight = settings.smoothing_type === "none" ? 0 : (settings.smoothing_weight ?? 0);
  return {
    axis: axisOf(settings.x_axis),
    logX: settings.log_x ?? false,
    logY: settings.log_y ?? false,
    smoothing: { kind, amount: Math.min(0.999, Math.max(0, weight)) },
    clip: settings.ignore_outliers ?? false,
  };
}

/** What has to be stored for the curves to be drawn like this again. */
export function lookEdits(settings: SettingsDoc, look: CurveLook): Edit[] {
  const stored = lookOf(settings);
  const edits: Edit[] = [];
  const set = (name: keyof SettingsDoc, value: string | number | boolean): void => {
    edits.push({ op: "set", path: ["settings", name], value });
  };
  if (look.axis !== stored.axis) set("x_axis", axisName(look.axis));
  if (look.logX !== stored.logX) set("log_x", look.logX);
  if (look.logY !== stored.logY) set("log_y", look.logY);
  if (look.clip !== stored.clip) set("ignore_outliers", look.clip);
  if (look.smoothing.kind !== stored.smoothing.kind)
    set("smoothing_type", SMOOTHING_NAMES[look.smoothing.kind]);
  if (look.smoothing.amount !== stored.smoothing.amount) set("smoothing_weight", look.smoothing.amount);
  return edits;
}

export function maxRunsOf(settings: SettingsDoc): number {
  return Math.max(1, Math.min(1000, Math.round(settings.max_runs ?? MAX_RUNS)));
}

/** Runs that the box under the pointer names; 0: there is no box. */
export function tooltipRunsOf(settings: SettingsDoc): number {
  const { tooltip_number_of_runs: chosen } = settings;
  return chosen === "all" ? 100 : chosen === "none" ? 0 : 10;
}
