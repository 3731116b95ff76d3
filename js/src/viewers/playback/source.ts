// Where a player takes a file from: the bytes in memory, or, where the file is large and there is a server, an address
// from which the browser fetches what it needs.

import type { Io } from "../../core/io";
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
  /** Call when nothing plays from it any more. */
  release: () => void;
}

export async function sourceOf(io: Io, run: string, row: MediaRow, signal: AbortSignal): Promise<Source> {
  const sha = row.blob as string;
  if (typeof row.meta.size === "number" && row.meta.size > LARGE) {
    const url = await io.address(run, sha);
    if (url) return { url, release: () => undefined };
  }
  const blob = await io.blob(run, sha, null, signal);
  const url = URL.createObjectURL(blob.slice(0, blob.size, mimeOf(row)));
  return { url, release: () => URL.revokeObjectURL(url) };
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
