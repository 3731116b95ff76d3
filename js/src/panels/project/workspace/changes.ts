// What people do to sections and panels, as edits below the view. Each is one step of undo. Pure.

import type { Json } from "../../../core/wire";
import type { PanelKind } from "../document";
import type { Edit } from "../wire";
import type { Box } from "./layout";
import { between, placeAt } from "./order";
import type { PanelModel, SectionModel } from "./sections";

function set(path: string[], value: Json): Edit {
  return { op: "set", path, value };
}

/** Ids of what people add; those of keys begin with "auto:". */
export function newId(kind: string): string {
  return `${kind}-${crypto.getRandomValues(new Uint32Array(2)).reduce((text, part) => text + part.toString(36), "")}`;
}

export function inSection(id: string, values: { [name: string]: Json }): Edit[] {
  return Object.entries(values).map(([name, value]) => set(["sections", id, name], value));
}

export function inPanel(id: string, values: { [name: string]: Json }): Edit[] {
  return Object.entries(values).map(([name, value]) => set(["panels", id, name], value));
}

/** Values of what the panel's kind needs; null takes one away. */
export function inConfig(id: string, values: { [name: string]: Json }): Edit[] {
  return Object.entries(values).map(([name, value]) =>
    value === null
      ? { op: "del", path: ["panels", id, "config", name] }
      : set(["panels", id, "config", name], value),
  );
}

/** One place up (-1) or down (1) among the sections. */
export function moveSection(sections: readonly SectionModel[], id: string, by: -1 | 1): Edit[] {
  const at = sections.findIndex((section) => section.id === id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= sections.length) return [];
  return inSection(id, { order: placeAt(sections, to, id) });
}

/** A new section below another, or at the end. */
export function addSection(
  sections: readonly SectionModel[],
  id: string,
  name: string,
  below?: string,
): Edit[] {
  const at = below === undefined ? sections.length - 1 : sections.findIndex((one) => one.id === below);
  const order = between(sections[at]?.order ?? null, sections[at + 1]?.order ?? null);
  return inSection(id, { name, order });
}

/** Put a panel at `index` among those of a section. */
export function movePanel(panel: PanelModel, to: SectionModel, index: number): Edit[] {
  const values: { [name: string]: Json } = { order: placeAt(to.panels, index, panel.id) };
  if (panel.section !== to.id) values.section = to.id;
  const edits = inPanel(panel.id, values);
  // In another grid it finds a place of its own.
  if (panel.section !== to.id)
    for (const name of ["x", "y"] as const)
      if (panel.place[name] !== undefined) edits.push({ op: "del", path: ["panels", panel.id, name] });
  return edits;
}

/** A new panel stands first in its section, where its maker sees it. */
export function addPanel(
  section: SectionModel,
  id: string,
  kind: PanelKind,
  config: { [name: string]: Json },
  title: string,
): Edit[] {
  const order = between(null, section.panels[0]?.order ?? null);
  return [
    ...inPanel(id, { kind, section: section.id, order, ...(title && { title }) }),
    ...inConfig(id, config),
    ...(section.open ? [] : inSection(section.id, { open: true })),
  ];
}

/** Where panels of a custom layout stand now, as far as that differs from what is stored. */
export function placed(panels: readonly PanelModel[], boxes: readonly Box[]): Edit[] {
  const stored = new Map(panels.map(({ id, place }) => [id, place]));
  return boxes.flatMap(({ id, ...box }) =>
    Object.entries(box)
      .filter(([name, value]) => stored.get(id)?.[name as keyof PanelModel["place"]] !== value)
      .map(([name, value]) => set(["panels", id, name], value)),
  );
}
