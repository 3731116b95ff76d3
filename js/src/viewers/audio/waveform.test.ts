import { afterEach, expect, test, vi } from "vitest";
import type { Io } from "../../core/io";
import type { Json, MediaRow } from "../../core/wire";
import { LARGE } from "../playback/source";
import { readerOf } from "./samples";
import { Waveform } from "./waveform";

const RATE = 8000;
/** Nine million samples with one click: a wav file of more than is loaded whole. */
const COUNT = 9_000_000;
const CLICK = 7_654_321;

function wavFile(): Uint8Array<ArrayBuffer> {
  const bytes = new ArrayBuffer(44 + COUNT * 2);
  const view = new DataView(bytes);
  for (const [at, word] of [
    [0, "RIFF"],
    [8, "WAVE"],
    [12, "fmt "],
    [36, "data"],
  ] as const)
    for (let i = 0; i < 4; i++) view.setUint8(at + i, word.charCodeAt(i));
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint16(34, 16, true);
  view.setUint32(40, COUNT * 2, true);
  view.setInt16(44 + CLICK * 2, 16_384, true);
  return new Uint8Array(bytes);
}

function extremes(block: number): Int16Array<ArrayBuffer> {
  const out = new Int16Array(Math.ceil(COUNT / block) * 2);
  out[Math.floor(CLICK / block) * 2 + 1] = 16_384;
  return out;
}

const PEAKS = 4096;
const files: { [sha: string]: Uint8Array<ArrayBuffer> } = {
  wav: wavFile(),
  peaks: new Uint8Array(extremes(COUNT / PEAKS).buffer),
  pyramid: new Uint8Array(extremes(256).buffer),
};

function row(meta: { [name: string]: Json } = {}): MediaRow {
  const parts = { peaks: "peaks", pyramid: "pyramid" };
  return {
    key: "sound",
    kind: "audio-file",
    blob: "wav",
    meta: {
      format: "wav",
      size: (files.wav as Uint8Array).length,
      sample_rate: RATE,
      samples: COUNT,
      channels: 1,
      peaks: PEAKS,
      levels: [256],
      parts,
      ...meta,
    },
  } as unknown as MediaRow;
}

/** Says which files were asked for, and whether there is a server. */
function made(server: boolean): { io: Io; asked: string[]; ranges: [number, number][] } {
  const asked: string[] = [];
  const ranges: [number, number][] = [];
  const io = {
    blob: async (_run: string, sha: string) => {
      asked.push(sha);
      return new Blob([files[sha] as Uint8Array<ArrayBuffer>]);
    },
    address: async (_run: string, sha: string) => (server ? `/blob/${sha}` : null),
  } as unknown as Io;
  // A server that answers with 64 KiB at most.
  vi.stubGlobal("fetch", async (url: string, init: { headers: { Range: string } }) => {
    const [from, to] = init.headers.Range.replace("bytes=", "").split("-").map(Number) as [number, number];
    ranges.push([from, to]);
    const piece = (files[url.slice(6)] as Uint8Array<ArrayBuffer>).slice(
      from,
      Math.min(to + 1, from + 65_536),
    );
    return new Response(piece, { status: 206 });
  });
  return { io, asked, ranges };
}

afterEach(() => vi.unstubAllGlobals());

const until = (what: () => boolean): Promise<void> => vi.waitFor(() => expect(what()).toBe(true));

test("an overview comes first, the pyramid with the first zoom, samples only where they are seen", async () => {
  const { io, asked, ranges } = made(true);
  const sound = new Waveform(io, "r", row());
  await until(() => sound.version.value > 0);
  expect(asked).toEqual(["peaks"]);
  expect(sound.loudest).toBeCloseTo(0.5, 3);

  sound.want(0, COUNT, COUNT / 1000);
  sound.want(7e6, 8e6, 1000);
  await until(() => sound.version.value > 1);
  expect(asked).toEqual(["peaks", "pyramid"]);
  expect(sound.level(7e6, 8e6, 1000)?.block).toBe(256);

  const [from, to] = [CLICK - 1000, CLICK + 1000];
  sound.want(from, to, 2);
  await until(() => sound.level(from, to, 2)?.block === 1);
  const near = sound.level(from, to, 2);
  expect(near?.channels[0]?.[CLICK - (near?.first ?? 0)]).toBe(0.5);
  expect(asked).toEqual(["peaks", "pyramid"]);
  const read = ranges.slice(1);
  expect(Math.min(...read.map(([begin]) => begin))).toBe(44 + (from - 2000) * 2);
  expect(Math.max(...read.map(([, end]) => end))).toBe(44 + (to + 2000) * 2 - 1);
  // moved along, it need not read again; elsewhere the pyramid stands in
  expect(sound.level(from + 1500, to + 1500, 2)?.block).toBe(1);
  expect(sound.level(0, 2000, 2)?.block).toBe(256);
  sound.release();
});

test("what was asked for and is not looked at any more is not drawn", async () => {
  const { io } = made(true);
  const sound = new Waveform(io, "r", row({ levels: null }));
  await until(() => sound.version.value > 0);
  sound.want(0, 2000, 2);
  sound.want(CLICK - 1000, CLICK + 1000, 2);
  await until(() => sound.level(CLICK - 1000, CLICK + 1000, 2)?.block === 1);
  expect(sound.level(0, 2000, 2)?.block).toBeGreaterThan(1000);
  expect(sound.error.value).toBeNull();
});

test("without a server the file comes whole, and stretches that are too long are refused", async () => {
  const { io, asked, ranges } = made(false);
  const reader = await readerOf(io, "r", row(), new AbortController().signal);
  expect([reader.rate, reader.length]).toEqual([RATE, COUNT]);
  const { channels, first } = await reader.read(COUNT - 10, COUNT + 500, new AbortController().signal);
  expect([channels[0]?.length, first]).toEqual([10, COUNT - 10]);
  expect(ranges).toEqual([]);
  expect(asked).toContain("wav");
  expect((files.wav as Uint8Array).length).toBeGreaterThan(LARGE);
});

test("what goes wrong is said, and forgotten when something else is looked at", async () => {
  const { io } = made(true);
  const sound = new Waveform(io, "r", row({ levels: null }));
  await until(() => sound.version.value > 0);
  vi.stubGlobal("fetch", async () => new Response(null, { status: 404, statusText: "Not Found" }));
  sound.want(0, 2000, 2);
  await until(() => sound.error.value !== null);
  expect(sound.error.value).toContain("404");
  sound.want(0, COUNT, 1e6);
  expect(sound.error.value).toBeNull();
});
