// What the parts of one workspace share.

import type { Cursor } from "../../../core/cursor";
import type { RunView } from "../../../core/registry";
import type { Session } from "../../../core/session";
import type { KeyedRuns } from "../../compare/logic";
import type { Project } from "../project";
import type { PanelModel } from "./sections";

export interface Work {
  project: Project;
  session: Session;
  cursor: Cursor;
  /** The runs that are drawn, in order. */
  runs: RunView[];
  /** By key: one entry for each of its kinds, with the runs that logged it. */
  keyed: ReadonlyMap<string, KeyedRuns<RunView>[]>;
  /** A point of a curve was clicked. */
  onPick: (run: RunView, step: number) => void;
}

/** What draws the inside of a panel. */
export interface BodyProps {
  panel: PanelModel;
  work: Work;
}

export const textOf = (panel: PanelModel, name: string): string => {
  const value = panel.config[name];
  return typeof value === "string" ? value : "";
};

export const textsOf = (panel: PanelModel, name: string): string[] => {
  const value = panel.config[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
};

export const isOn = (panel: PanelModel, name: string): boolean => panel.config[name] === true;

/** "lr" of "config.lr". */
export function plainName(field: string): string {
  return field.replace(/^(config|summary|run)\./, "");
}
