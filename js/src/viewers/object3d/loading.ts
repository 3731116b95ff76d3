// From the stored parts to what is on the screen: a cloud grows part by part, a mesh comes whole.

import type { Io } from "../../core/io";
import type { MediaRow } from "../../core/wire";
import { Cloud, type Look } from "./cloud";
import type { Meshopt } from "./gltf";
import { ballOf, type CloudMeta, cloudMeta, type Part, partBytes, partOf } from "./logic";
import { readMesh } from "./mesh";
import { type Marks, placesOf } from "./overlay";
import type { Three } from "./three";
import type { Viewport } from "./viewport";

/** Parts that are on their way at a time. */
const AHEAD = 3;

export interface Progress {
  /** Points that are here, of how many. */
  points: number;
  of: number;
  /** Said of a mesh. */
  facts: string;
}

export interface Loading {
  io: Io;
  run: string;
  row: MediaRow;
  three: Three;
  view: Viewport;
  signal: AbortSignal;
  /** The first part of a cloud and its scene have come; returns how it looks. */
  begun(meta: CloudMeta, first: Part | null, marks: Marks | null): Look;
  progress(now: Progress): void;
}

/** Show what a row holds. Until its first part is there, the view keeps what it shows. */
export async function loadRow(job: Loading): Promise<void> {
  const { row, io, run, three, view, signal } = job;
  if (!row.blob) return;
  const meta = cloudMeta(row.meta);
  if (meta) {
    await loadCloud(job, meta);
    return;
  }
  const blob = await io.blob(run, row.blob, null, signal);
  const meshopt = async (): Promise<Meshopt> => (await io.library("meshopt", signal)) as Meshopt;
  const model = await readMesh(three, String(row.meta.format), await blob.arrayBuffer(), meshopt);
  if (signal.aborted) {
    model.dispose();
    return;
  }
  view.setModel(model);
  job.progress({ points: 0, of: 0, facts: model.facts });
}

async function loadCloud(job: Loading, meta: CloudMeta): Promise<void> {
  const { row, io, run, three, view, signal } = job;
  const names = (row.meta.parts ?? {}) as { [name: string]: string };
  const fetched = new Map<number, Promise<ArrayBuffer>>();
  const get = (sha: string): Promise<Blob> => io.blob(run, sha, null, signal);
  const part = (i: number): Promise<ArrayBuffer> => {
    let found = fetched.get(i);
    if (!found) {
      found = get(names[`points-${String(i).padStart(3, "0")}`] as string).then((blob) => blob.arrayBuffer());
      found.catch(() => undefined); // who awaits it hears of it
      fetched.set(i, found);
    }
    return found;
  };
  const scene = names.scene
    ? get(names.scene).then(async (blob) => JSON.parse(await blob.text()) as Marks)
    : null;
  scene?.catch(() => undefined);

  const cloud = new Cloud(three, meta);
  const count = meta.chunks.length;
  let points = 0;
  let shown = false;
  try {
    for (let i = 0; i < Math.max(count, 1); i++) {
      // The first comes alone: it is the first picture.
      for (let ahead = i; i > 0 && ahead < Math.min(i + AHEAD, count); ahead++) void part(ahead);
      const bytes = count > 0 ? await part(i) : null;
      fetched.delete(i);
      const marks = i === 0 ? await scene : null;
      signal.throwIfAborted();
      const next = bytes && checked(meta, i, bytes);
      if (next) cloud.add(next);
      points += next?.n ?? 0;
      if (i === 0) {
        const look = job.begun(meta, next, marks);
        view.setCloud(cloud, ballOf(meta, next, placesOf(marks)));
        shown = true;
        view.setLook(look);
        view.setMarks(marks);
      } else view.more();
      job.progress({ points, of: meta.points, facts: "" });
    }
  } finally {
    if (!shown) cloud.dispose();
  }
}

function checked(meta: CloudMeta, index: number, bytes: ArrayBuffer): Part {
  const wanted = partBytes(meta, index);
  if (bytes.byteLength !== wanted)
    throw new Error(`part ${index} of this cloud has ${bytes.byteLength} bytes instead of ${wanted}`);
  return partOf(meta, index, bytes);
}
