// What the workspace shows and where: sections made of the logged keys' prefixes, and what people changed of them. Pure.

import { byName } from "../../../core/run-model";
import type { Json } from "../../../core/wire";
import type { PanelDoc, PanelKind, SectionDoc, ViewDoc } from "../document";
import { byOrder, type Ordered, placeOf } from "./order";

/** A key that one of the drawn runs logged; kinds are "number" or those of media. */
export interface LoggedKey {
  key: string;
  kinds: readonly string[];
}

export interface PanelModel extends Ordered {
  kind: PanelKind;
  section: string;
  title: string;
  config: { [name: string]: Json };
  /** Made of a logged key, not by somebody. */
  auto: boolean;
  /** Where it stands in a custom layout, as far as somebody said. */
  place: { x?: number; y?: number; w?: number; h?: number };
}

export interface SectionModel extends Ordered {
  name: string;
  open: boolean;
  layout: "standard" | "custom";
  columns: number;
  rows: number;
  /** Of a panel, in pixels. */
  height: number;
  panels: PanelModel[];
  auto: boolean;
}

const AUTO = "auto:";
export const CHARTS = "auto:";
export const MEDIA = "auto:/media";
export const SYSTEM = "auto:_sys";
const SYSTEM_PREFIX = "_sys/";

export const COLUMNS = 3;
export const ROWS = 2;
export const HEIGHT = 220;
/** Pictures and tables want more room than curves. */
const MEDIA_HEIGHT = 380;
const MEDIA_COLUMNS = 2;

export const isSystem = (key: string): boolean => key.startsWith(SYSTEM_PREFIX);

/** The prefix of a key, by which panels come together; "" where it has none. */
export function prefixOf(key: string, by: "first" | "last"): string {
  const slash = by === "first" ? key.indexOf("/") : key.lastIndexOf("/");
  return slash > 0 ? key.slice(0, slash) : "";
}

function sectionOfKey(key: string, medium: boolean, by: "first" | "last"): string {
  if (isSystem(key)) return SYSTEM;
  const prefix = prefixOf(key, by);
  return prefix ? AUTO + prefix : medium ? MEDIA : CHARTS;
}

/** What a section is called that nobody named. */
function nameOf(id: string): string {
  if (id === CHARTS) return "Charts";
  if (id === MEDIA) return "Media";
  if (id === SYSTEM) return "System";
  return id.startsWith(AUTO) ? id.slice(AUTO.length) : "Section";
}

/** Charts first, then what has a prefix, media, and the system last. */
function rankOf(id: string): number {
  return id === CHARTS ? 8 : id === MEDIA ? 40 : id === SYSTEM ? 60 : 24;
}

/** The panels that keys have by themselves: one for its numbers, one for its media. */
function autoPanels(keys: readonly LoggedKey[], by: "first" | "last"): PanelModel[] {
  return keys.flatMap(({ key, kinds }) => {
    const numeric = kinds.includes("number");
    const media = kinds.some((kind) => kind !== "number");
    const made: PanelModel[] = [];
    const add = (id: string, kind: PanelKind, rank: number): void => {
      const section = sectionOfKey(key, kind === "media", by);
      const title = section === SYSTEM ? key.slice(SYSTEM_PREFIX.length) : key;
      const order = placeOf(rank, key);
      made.push({ id, order, kind, section, title, config: { keys: [key] }, auto: true, place: {} });
    };
    if (numeric) add(AUTO + key, "line", 20);
    if (media) add(numeric ? `${AUTO}${key}@media` : AUTO + key, "media", 40);
    return made;
  });
}

/** A panel as somebody left it. Null: it was removed, or it is none. */
function changed(id: string, doc: PanelDoc, auto: PanelModel | undefined): PanelModel | null {
  const kind = auto?.kind ?? doc.kind;
  if (doc.deleted || !kind) return null;
  const { x, y, w, h } = doc;
  const place = Object.fromEntries(Object.entries({ x, y, w, h }).filter(([, at]) => typeof at === "number"));
  const config = { ...auto?.config, ...doc.config };
  return {
    id,
    kind,
    config,
    place,
    auto: auto !== undefined,
    order: doc.order ?? auto?.order ?? placeOf(10, id),
    section: doc.section ?? auto?.section ?? CHARTS,
    title: doc.title || auto?.title || titleOf(kind, config),
  };
}

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const plain = (field: string): string => field.replace(/^(config|summary|run)\./, "");
const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

/** What a panel is called that nobody named. */
export function titleOf(kind: PanelKind, config: { [name: string]: Json }): string {
  switch (kind) {
    case "line":
    case "media":
      return texts(config.keys).join(", ") || "Line";
    case "scatter":
      return `${plain(text(config.y))} by ${plain(text(config.x))}`;
    case "bar":
    case "scalar":
    case "histogram":
      return plain(text(config.field)) || kind;
    case "parallel":
      return "Parallel coordinates";
    case "importance":
      return `Importance for ${plain(text(config.metric))}`;
    case "comparer":
      return "Run comparer";
    case "markdown":
      return "Note";
    default:
      return kind;
  }
}

/** Everything that the view shows, in order. Of drawn runs nobody knows more than what they logged so far. */
export function sectionsOf(view: ViewDoc, keys: readonly LoggedKey[]): SectionModel[] {
  const settings = view.settings ?? {};
  const by = settings.group_by_prefix ?? "first";
  const docs = view.panels ?? {};
  const panels: PanelModel[] = [];
  const made = settings.auto_generate_panels === false ? [] : autoPanels(keys, by);
  const autos = new Map(made.map((panel) => [panel.id, panel]));
  for (const [id, auto] of autos) {
    const doc = docs[id];
    const panel = doc ? changed(id, doc, auto) : auto;
    if (panel) panels.push(panel);
  }
  for (const [id, doc] of Object.entries(docs)) {
    const panel = autos.has(id) || id.startsWith(AUTO) ? null : changed(id, doc, undefined);
    if (panel) panels.push(panel);
  }

  const inside = new Map<string, PanelModel[]>();
  for (const panel of panels) {
    const others = inside.get(panel.section);
    if (others) others.push(panel);
    else inside.set(panel.section, [panel]);
  }
  const sections = view.sections ?? {};
  // A section of a prefix is there as long as it holds something; others also empty.
  const ids = new Set([...inside.keys(), ...Object.keys(sections).filter((id) => !id.startsWith(AUTO))]);
  const alphabetic = settings.sort_panels_alphabetically === true;
  return [...ids]
    .filter((id) => !sections[id]?.deleted)
    .map((id) => {
      const held = inside.get(id) ?? [];
      held.sort(alphabetic ? (a, b) => byName(a.title, b.title) || byOrder(a, b) : byOrder);
      return sectionOf(id, sections[id] ?? {}, held);
    })
    .sort(byOrder);
}

function sectionOf(id: string, doc: SectionDoc, panels: PanelModel[]): SectionModel {
  const media = panels.length > 0 && panels.every(({ kind }) => kind === "media");
  return {
    id,
    panels,
    name: doc.name || nameOf(id),
    order: doc.order ?? placeOf(rankOf(id), nameOf(id)),
    open: doc.open ?? id !== SYSTEM,
    layout: doc.layout ?? "standard",
    columns: whole(doc.columns, 1, 12, media ? MEDIA_COLUMNS : COLUMNS),
    rows: whole(doc.rows, 1, 50, ROWS),
    height: whole(doc.height, 120, 2000, media ? MEDIA_HEIGHT : HEIGHT),
    auto: id.startsWith(AUTO),
  };
}

function whole(value: number | undefined, least: number, most: number, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value)
    ? Math.max(least, Math.min(most, Math.round(value)))
    : otherwise;
}

/** Only the panels whose titles are meant, and the sections that hold one. */
export function found(sections: readonly SectionModel[], wanted: (title: string) => boolean): SectionModel[] {
  return sections
    .map((section) => ({ ...section, panels: section.panels.filter(({ title }) => wanted(title)) }))
    .filter(({ panels }) => panels.length > 0);
}

/** The keys that runs logged, each with its kinds. */
export function loggedKeys(runs: readonly { keys: readonly { key: string; kind: string }[] }[]): LoggedKey[] {
  const kinds = new Map<string, Set<string>>();
  for (const { keys } of runs)
    for (const { key, kind } of keys) {
      const known = kinds.get(key);
      if (known) known.add(kind);
      else kinds.set(key, new Set([kind]));
    }
  return [...kinds].map(([key, all]) => ({ key, kinds: [...all].sort() }));
}
