// Where a player takes a file from: the bytes in memory, or, where the file is large and there is a server, an address
// from which the browser fetches what it needs.

import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { MediaRow } from "../../core/wire";

/** Bytes; larger files are not loaded whole where that can be avoided. */
export const LARGE = 8 * 2 ** 20;

const MIME: { [format: string]: string } = {
  gif: "image/gif",
  mp4: "video/mp4",
  webm: "video/webm",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  flac: "audio/flac",
};

/** MIME type of the row's file. */
export function mimeOf(row: MediaRow): string {
  const format = String(row.meta.format);
  if (format === "ogg") return row.kind === "video-file" ? "video/ogg" : "audio/ogg";
  return MIME[format] ?? "application/octet-stream";
}

export interface Source {
  url: string;
  /** Where the player itself fetches the file: a word on why it cannot, or null. */
  absence?: () => Promise<string | null>;
  /** Call when nothing plays from it any more. */
  release: () => void;
}

export async function sourceOf(io: Io, run: string, row: MediaRow, signal: AbortSignal): Promise<Source> {
  const sha = row.blob as string;
  if (typeof row.meta.size === "number" && row.meta.size > LARGE) {
    const url = await io.address(run, sha);
    if (url) return { url, absence: () => absenceAt(url), release: () => undefined };
  }
  const blob = await io.blob(run, sha, null, signal);
  const url = URL.createObjectURL(blob.slice(0, blob.size, mimeOf(row)));
  return { url, release: () => URL.revokeObjectURL(url) };
}

async function absenceAt(url: string): Promise<string | null> {
  try {
    const { ok, status } = await fetch(url, { headers: { Range: "bytes=0-0" } });
    if (ok) return null;
    return status === 404 ? "the store no longer holds this file" : `the server answered ${status}`;
  } catch {
    return "the Jupyter server does not answer";
  }
}

/** What was made to play `source`; where that failed, an error that says whether the file or the player is to blame. */
export async function played<T>(row: MediaRow, source: Source, made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (reason) {
    const absence = await source.absence?.();
    if (absence) throw new Error(absence);
    // The browser's own words come last: few people know what a demuxer is.
    const detail = messageOf(reason).replace(/^PipelineStatus::/, "");
    throw new Error(
      `This browser cannot play this ${row.meta.format} file: it is damaged, or of a codec unknown here (${detail})`,
    );
  }
}

/** The further file of that name of a row, or null. */
export function partOf(row: MediaRow, name: string): string | null {
  const parts = row.meta.parts;
  if (typeof parts !== "object" || parts === null || Array.isArray(parts)) return null;
  const sha = parts[name];
  return typeof sha === "string" ? sha : null;
}

/** A number of the row's meta, or null. */
export function numberOf(row: MediaRow, name: string): number | null {
  const value = row.meta[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
