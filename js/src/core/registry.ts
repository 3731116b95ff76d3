// The one place where viewers, panels and the two shared parts (facts, cell) are found by name. A new medium is a
// folder in viewers/ that calls `registerViewer`, and one import in viewers/index.ts.

import type { Signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { Cursor } from "./cursor";
import type { Io } from "./io";
import type { RunModel } from "./run-model";
import type { Session } from "./session";

/** A run as a viewer sees it. `color` is a CSS color that reads on light and dark; `label` is unique in the panel. */
export interface RunView {
  model: RunModel;
  color: string;
  label: string;
}

/** What a viewer of one key gets. The run panel passes one run, the compare panel several. */
export interface ViewerProps {
  runs: RunView[];
  /** The logged key. */
  name: string;
  kind: string;
  cursor: Cursor;
  io: Io;
  /** Say that a step of a run was chosen here: the panel opens the cell that logged it. */
  onPick?: ((run: RunView, step: number) => void) | undefined;
}

export interface Viewer {
  /** Said in the section's heading when a key has media of several kinds, e.g. "histogram". */
  title: string;
  component: ComponentType<ViewerProps>;
  /** Wide viewers (heat maps, tables) take a whole row of the grid. */
  wide?: boolean;
  /** Longest side in pixels that is fetched ahead for the neighbors of the cursor (512); null: nothing is. */
  prefetchPx?: number | null;
}

/** Config and summary of the runs, as tables. */
export interface FactsProps {
  runs: RunView[];
  /** The run that the numbers of the others are compared with, at first. */
  baseline?: string | undefined;
}

/** Source of one cell execution and its diff to the execution before; `cell` null closes it. */
export interface CellProps {
  run: RunView;
  cell: Signal<number | null>;
  /** The step that was clicked, if any: said in the heading. */
  step: number | null;
  io: Io;
}

export interface PanelProps {
  session: Session;
  cursor: Cursor;
  /** Aborted when this view goes away. */
  signal: AbortSignal;
}

/** The cells that logged the cursor's step in two of the runs, as a diff. */
export interface CellsProps {
  runs: RunView[];
  cursor: Cursor;
  io: Io;
}

/** The code of one run, or what differs in that of several. */
export interface CodeProps {
  runs: RunView[];
  io: Io;
}

interface Parts {
  facts: ComponentType<FactsProps>;
  cell: ComponentType<CellProps>;
  cells: ComponentType<CellsProps>;
  code: ComponentType<CodeProps>;
}

const viewers = new Map<string, Viewer>();
const panels = new Map<string, ComponentType<PanelProps>>();
const parts: Partial<Parts> = {};

export function registerViewer(kind: string, viewer: Viewer): void {
  viewers.set(kind, viewer);
}

export function viewerOf(kind: string): Viewer | undefined {
  return viewers.get(kind);
}

export function registerPanel(name: string, component: ComponentType<PanelProps>): void {
  panels.set(name, component);
}

export function panelOf(name: string): ComponentType<PanelProps> | undefined {
  return panels.get(name);
}

/** `registerPart("facts", Facts)` and `registerPart("cell", CellDrawer)`. */
export function registerPart<K extends keyof Parts>(name: K, component: Parts[K]): void {
  parts[name] = component;
}

export function partOf<K extends keyof Parts>(name: K): Parts[K] | undefined {
  return parts[name];
}
