// What lies over a picture, out of its meta and the files that belong to it; shared by all tiles of a page.

import { signal } from "@preact/signals";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { Shared } from "../../core/shared";
import type { Json, MediaRow } from "../../core/wire";
import type { Labels } from "./classes";
import { Kept } from "./kept";
import { decodeMask, type MaskData } from "./mask-png";

/** A box in fractions of its picture. */
export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  id: number | null;
  caption: string | null;
  scores: { readonly [name: string]: number };
}

export interface MaskLayer {
  name: string;
  labels: Labels;
  /** Ids that occur. */
  classes: readonly number[];
  mask: MaskData;
}

export interface BoxLayer {
  name: string;
  labels: Labels;
  boxes: Box[];
}

export interface Over {
  masks: MaskLayer[];
  boxes: BoxLayer[];
}

export type Kind = "masks" | "boxes";
type Entry = { [key: string]: Json };

/** Groups of a kind by name, as the meta has them. */
export function groupsOf(row: MediaRow, kind: Kind): [string, Entry][] {
  const groups = row.meta[kind];
  if (typeof groups !== "object" || groups === null || Array.isArray(groups)) return [];
  return Object.entries(groups).filter(
    (group): group is [string, Entry] =>
      typeof group[1] === "object" && group[1] !== null && !Array.isArray(group[1]),
  );
}

export function hasOverlays(row: MediaRow): boolean {
  return row.meta.masks !== undefined || row.meta.boxes !== undefined;
}

/** Decoded ids kept: thousands of thumbnails, or some masks at full size. */
const MASK_BYTES = 64 * 2 ** 20;
/** Files of masks kept, for other sizes of them. */
const FILE_BYTES = 32 * 2 ** 20;
/** Files of boxes and labels kept, by their length. */
const JSON_BYTES = 16 * 2 ** 20;

class Parts {
  #masks = new Kept<MaskData>(MASK_BYTES, ({ ids }) => ids.length);
  #files = new Kept<Uint8Array<ArrayBuffer>>(FILE_BYTES, (file) => file.length);
  #json = new Kept<{ value: Json; bytes: number }>(JSON_BYTES, ({ bytes }) => bytes);
  #layers = new WeakMap<MediaRow, BoxLayer[]>();
  #jobs = new Shared<void>();
  #failed = new Map<string, string>();
  /** Why something is missing; one sentence for all. */
  readonly failure = signal<string | null>(null);
  /** Grows with each file of labels or boxes. */
  readonly learned = signal(0);

  /** What lies over a picture, masks of at most `drawn` pixels a side (null: as they are); null while something is missing. */
  peek(row: MediaRow, drawn: number | null): Over | null {
    const boxes = this.#boxes(row);
    if (!boxes) return null;
    if (this.waitsForLabels(row)) return null;
    const masks: MaskLayer[] = [];
    for (const [name, entry] of groupsOf(row, "masks")) {
      const sha = partOf(row, `mask/${name}`);
      if (!sha || this.#failed.has(sha)) continue;
      const mask = this.#mask(sha, drawn);
      if (!mask) return null;
      masks.push({ name, labels: this.labels(row, "masks", name), classes: classesOf(entry), mask });
    }
    return { masks, boxes };
  }

  /** Labels that were given for a group, as far as they are here. */
  labels(row: MediaRow, kind: Kind, name: string): Labels {
    const own = groupsOf(row, kind).find(([found]) => found === name)?.[1].class_labels;
    if (own && typeof own === "object") return own as Labels;
    const sha = partOf(row, "labels");
    const all = sha ? this.#json.get(sha)?.value : undefined;
    return (all as { [kind: string]: { [name: string]: Labels } } | undefined)?.[kind]?.[name] ?? {};
  }

  /** Whether the labels of a picture are in a file that is not here yet. */
  waitsForLabels(row: MediaRow): boolean {
    const sha = partOf(row, "labels");
    return sha !== null && !this.#json.get(sha) && !this.#failed.has(sha);
  }

  /** Fetch and decode what is missing. What fails is said in `failure`, and the rest is shown. */
  async load(io: Io, run: string, row: MediaRow, drawn: number | null, signal: AbortSignal): Promise<void> {
    const wanted: Promise<void>[] = [];
    for (const name of Object.keys(partsOf(row))) {
      const sha = partOf(row, name) as string;
      const isMask = name.startsWith("mask/");
      const here = isMask ? this.#mask(sha, drawn) : this.#json.get(sha);
      if (here || this.#failed.has(sha) || !(isMask || name === "labels" || name.startsWith("boxes/")))
        continue;
      const get = async (all: AbortSignal): Promise<void> => {
        try {
          const bytes = this.#files.get(sha) ?? (await io.bytes(run, sha, all));
          if (isMask) {
            this.#masks.put(keyOf(sha, drawn), await decodeMask(bytes, drawn));
            // What came is a piece of an answer with other files: this one shall not keep them all.
            if (!this.#files.get(sha)) this.#files.put(sha, bytes.slice());
          } else {
            const value: Json = JSON.parse(new TextDecoder().decode(bytes));
            this.#json.put(sha, { value, bytes: bytes.length });
            this.learned.value++;
          }
        } catch (error) {
          if (all.aborted) throw error;
          this.#failed.set(sha, messageOf(error));
          this.failure.value = `Not everything that lies over the pictures could be loaded: ${messageOf(error)}`;
        }
      };
      wanted.push(this.#jobs.get(isMask ? keyOf(sha, drawn) : sha, get, signal));
    }
    await Promise.all(wanted);
  }

  retry(): void {
    this.#failed.clear();
    this.failure.value = null;
  }

  #boxes(row: MediaRow): BoxLayer[] | null {
    const known = this.#layers.get(row);
    if (known) return known;
    const layers: BoxLayer[] = [];
    for (const [name, entry] of groupsOf(row, "boxes")) {
      let data = entry.box_data;
      const sha = partOf(row, `boxes/${name}`);
      if (data === undefined && sha) {
        if (this.#failed.has(sha)) continue;
        data = this.#json.get(sha)?.value;
        if (data === undefined) return null;
      }
      const boxes = Array.isArray(data) ? data.flatMap((one) => toBox(one, row)) : [];
      layers.push({ name, labels: this.labels(row, "boxes", name), boxes });
    }
    if (this.waitsForLabels(row)) return null;
    this.#layers.set(row, layers);
    return layers;
  }

  #mask(sha: string, drawn: number | null): MaskData | null {
    return this.#masks.get(keyOf(sha, drawn)) ?? this.#masks.get(keyOf(sha, null));
  }
}

const EVERY_ID: readonly number[] = Array.from({ length: 256 }, (_, id) => id);

function classesOf({ classes }: Entry): readonly number[] {
  if (!Array.isArray(classes)) return EVERY_ID;
  return classes.filter((id): id is number => typeof id === "number" && id >= 0 && id < 256);
}

function keyOf(sha: string, drawn: number | null): string {
  return `${sha}@${drawn ?? ""}`;
}

function partsOf(row: MediaRow): { [name: string]: Json } {
  const parts = row.meta.parts;
  return typeof parts === "object" && parts !== null && !Array.isArray(parts) ? parts : {};
}

function partOf(row: MediaRow, name: string): string | null {
  const sha = partsOf(row)[name];
  return typeof sha === "string" ? sha : null;
}

function toBox(one: Json, row: MediaRow): Box[] {
  if (typeof one !== "object" || one === null || Array.isArray(one)) return [];
  const { position, domain, class_id: id, box_caption: caption, scores } = one;
  if (typeof position !== "object" || position === null || Array.isArray(position)) return [];
  const { width, height } = row.meta;
  const across = domain === "pixel" && typeof width === "number" ? width : 1;
  const down = domain === "pixel" && typeof height === "number" ? height : 1;
  const at = (name: string, by: number): number =>
    typeof position[name] === "number" ? position[name] / by : 0;
  const [xa, xb, ya, yb] = [at("minX", across), at("maxX", across), at("minY", down), at("maxY", down)];
  const numbers = Object.entries(typeof scores === "object" && scores !== null ? scores : {});
  return [
    {
      x0: Math.min(xa, xb),
      x1: Math.max(xa, xb),
      y0: Math.min(ya, yb),
      y1: Math.max(ya, yb),
      id: typeof id === "number" ? id : null,
      caption: typeof caption === "string" ? caption : null,
      scores: Object.fromEntries(
        numbers.filter((score): score is [string, number] => typeof score[1] === "number"),
      ),
    },
  ];
}

export const parts = new Parts();
