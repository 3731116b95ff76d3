import { beforeEach, expect, test, vi } from "vitest";
import type { Io } from "../../core/io";
import type { MediaRow } from "../../core/wire";
import { pictures } from "./pictures";

/** What browsers have and the test's DOM has not. */
class Bitmap {
  closed = false;
  readonly width: number;
  readonly height: number;
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }
  close(): void {
    this.closed = true;
  }
}

let side = 8;
beforeEach(() => {
  side = 8;
  vi.stubGlobal("createImageBitmap", async () => new Bitmap(side, side));
});

let shas = 0;
const row = (): MediaRow => ({
  key: "x",
  step: 0,
  idx: 0,
  count: 0,
  kind: "image-file",
  meta: { width: 8, height: 8 },
  blob: `${shas++}`.padStart(64, "0"),
  pending: false,
});

/** Answers when told to; keeps what was asked for. */
function slowIo() {
  const asked: { sha: string; answer: () => void; signal: AbortSignal | undefined }[] = [];
  const io = {
    cached: () => null,
    blob: (_run: string, sha: string, _px: number | null, signal?: AbortSignal) =>
      new Promise<Blob>((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
        asked.push({ sha, signal, answer: () => resolve(new Blob(["x"], { type: "image/png" })) });
      }),
  } as unknown as Io;
  return { io, asked };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test("a picture that was decoded is there without waiting", async () => {
  const { io, asked } = slowIo();
  const one = row();
  expect(pictures.peek(one, null)).toBeNull();
  const loading = pictures.load(io, "r", one, null, new AbortController().signal);
  await settled();
  asked[0]?.answer();
  const bitmap = await loading;
  expect(pictures.peek(one, null)).toBe(bitmap);
});

test("two tiles of one picture share one fetch, which outlives the first to leave", async () => {
  const { io, asked } = slowIo();
  const one = row();
  const left = new AbortController();
  const gone = pictures.load(io, "r", one, null, left.signal).catch(() => "gone");
  const stays = pictures.load(io, "r", one, null, new AbortController().signal);
  await settled();
  left.abort();
  expect(asked).toHaveLength(1);
  expect(asked[0]?.signal?.aborted).toBe(false);
  asked[0]?.answer();
  expect(await gone).toBe("gone");
  expect((await stays).width).toBe(8);
});

test("steps that the slider passed are never fetched", async () => {
  const { io, asked } = slowIo();
  const passed = new AbortController();
  const old = Array.from({ length: 100 }, () =>
    pictures.load(io, "r", row(), null, passed.signal).catch(() => null),
  );
  await settled();
  const begun = asked.length;
  expect(begun).toBeLessThan(100);
  passed.abort();
  const newest = row();
  const wanted = pictures.load(io, "r", newest, null, new AbortController().signal);
  await Promise.all(old);
  await settled();
  expect(asked.slice(begun).map(({ sha }) => sha)).toEqual([newest.blob]);
  asked.at(-1)?.answer();
  await wanted;
});

test("the oldest pictures make room, and give their memory back", async () => {
  const { io, asked } = slowIo();
  side = 4096;
  const first = row();
  const rows = [first, row(), row()];
  const bitmaps: ImageBitmap[] = [];
  for (const one of rows) {
    const loading = pictures.load(io, "r", one, null, new AbortController().signal);
    await settled();
    asked.at(-1)?.answer();
    bitmaps.push(await loading);
  }
  expect(pictures.peek(first, null)).toBeNull();
  expect((bitmaps[0] as unknown as Bitmap).closed).toBe(true);
  expect(pictures.peek(rows[2] as MediaRow, null)).toBe(bitmaps[2]);
});

test("what was pushed less sharp is shown until the picture is here; what was pushed whole is decoded once", async () => {
  const { io, asked } = slowIo();
  const pushed = new Blob(["small"], { type: "image/jpeg" });
  let enough = false;
  io.cached = (_sha, px) => (px === undefined || enough ? pushed : null);
  const one = row();
  const stop = new AbortController();
  const rough = await pictures.loadRough(io, one, null, stop.signal);
  expect(rough).not.toBeNull();
  expect(pictures.peekRough(one)).toBe(rough);
  expect(pictures.peek(one, null)).toBeNull();
  const loading = pictures.load(io, "r", one, null, stop.signal);
  await settled();
  asked[0]?.answer();
  const sharp = await loading;
  expect(pictures.peek(one, null)).toBe(sharp);
  enough = true;
  expect(pictures.loadRough(io, row(), null, stop.signal)).toBeNull();
});
