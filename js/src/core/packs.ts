// Code that only some viewers need, fetched once per page whichever panel asks first (nbtrack/panels/packs.py). A
// *library* (plotly.js, three.js) is shared by all panels of the page. A *viewer pack* is our own code and draws with
// the core that loaded it: each panel's core is a module of its own, with a preact of its own, so each makes its own
// instance out of the one source.

import type { ComponentType } from "preact";
import { kit } from "./kit";

/** What a module of `src/packs/` exports. */
export interface ViewerPack {
  /** Components by name: the viewer of a kind by its kind. */
  // biome-ignore lint/suspicious/noExplicitAny: each part has props of its own; `lazy` says which
  parts: Record<string, ComponentType<any>>;
  css?: string;
}

type Require = (name: string) => unknown;
type Factory = (require?: Require) => unknown;

interface Fetched {
  factory: Factory;
  /** A library's exports, made when the first one asks. */
  library?: unknown;
}

const KEY = Symbol.for("nbtrack.packs");
const page = globalThis as { [KEY]?: Map<string, Promise<Fetched>> };
const instances = new Map<string, ViewerPack>();

/** The library `name`; `fetched` gets its source. A failure is forgotten, so that it can be tried again. */
export async function loadLibrary(name: string, fetched: () => Promise<Blob>): Promise<unknown> {
  const pack = await fetchOnce(name, fetched);
  pack.library ??= pack.factory();
  return pack.library;
}

/** The viewers of the pack `name`, made with this core. */
export async function loadViewers(name: string, fetched: () => Promise<Blob>): Promise<ViewerPack> {
  const { factory } = await fetchOnce(name, fetched);
  let made = instances.get(name);
  if (!made) {
    made = factory((module) => {
      if (!(module in kit)) throw new Error(`the pack "${name}" needs "${module}", which this core has not`);
      return kit[module];
    }) as ViewerPack;
    instances.set(name, made);
  }
  return made;
}

/** The viewers of a pack that is there already, without waiting. */
export function readyViewers(name: string): ViewerPack | null {
  return instances.get(name) ?? null;
}

function fetchOnce(name: string, fetched: () => Promise<Blob>): Promise<Fetched> {
  page[KEY] ??= new Map();
  const packs = page[KEY];
  let pack = packs.get(name);
  if (!pack) {
    pack = fetched().then(evaluate);
    packs.set(name, pack);
    pack.catch(() => packs.delete(name));
  }
  return pack;
}

// Packs are CommonJS or UMD. A page with a module loader of its own (AMD) must not catch them: its names are taken.
const HEAD =
  "export default function(require){const define=void 0,module={exports:{}},exports=module.exports;\n";
const TAIL = "\nreturn module.exports}";

async function evaluate(source: Blob): Promise<Fetched> {
  const url = URL.createObjectURL(new Blob([HEAD, source, TAIL], { type: "text/javascript" }));
  try {
    return { factory: ((await import(/* @vite-ignore */ url)) as { default: Factory }).default };
  } finally {
    URL.revokeObjectURL(url);
  }
}
