import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Cursor } from "../../core/cursor";
import type { Io } from "../../core/io";
import { RunModel } from "../../core/run-model";
import { delta, info, medium } from "../../core/testing";
import { useReadyNeighbors } from "./ahead";

let root: HTMLElement;
let cursor: Cursor;
let model: RunModel;
let asked: { sha: string; signal: AbortSignal | undefined }[];
/** A name for each test: pictures are shared by the whole page. */
let prefix = "";

const io = {
  cached: () => null,
  blob: (_run: string, sha: string, _px: number | null, signal?: AbortSignal) =>
    new Promise<Blob>((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      asked.push({ sha, signal });
    }),
} as unknown as Io;

function Viewer(): null {
  const runs = [{ model, color: "#000000", label: "r" }];
  useReadyNeighbors({ runs, name: "samples", kind: "image-file", cursor, io }, 64, null);
  return null;
}

async function go(step: number): Promise<string[]> {
  asked = [];
  await act(async () => cursor.moveTo(step));
  await act(async () => new Promise((resolve) => setTimeout(resolve)));
  return asked.map(({ sha }) => sha.slice(prefix.length));
}

beforeEach(async () => {
  prefix = `${Math.random()} `;
  asked = [];
  model = new RunModel("r");
  const media = Array.from({ length: 10 }, (_, i) => medium({ step: 10 * i, blob: `${prefix}${10 * i}` }));
  model.apply(delta({ full: true, info: info({ lastStep: 99 }), media }), []);
  cursor = new Cursor(() => [model]);
  cursor.moveTo(50);
  root = document.createElement("div");
  await act(async () => render(<Viewer />, root));
});
afterEach(() => {
  render(null, root);
  cursor.dispose();
  vi.useRealTimers();
});

test("a cursor that goes step by step finds the next pictures asked for, in its direction", async () => {
  expect(await go(40)).toEqual(["30", "20", "10"]);
  expect(await go(30)).toEqual(["0"]);
});

test("what lies behind a cursor that turned round is given up, what lies ahead is kept", async () => {
  await go(40);
  const left = asked;
  expect(await go(50)).toEqual(["60", "70", "80"]);
  expect(left.every(({ signal }) => signal?.aborted)).toBe(true);
});

test("a cursor that goes on keeps what was begun for it", async () => {
  await go(40);
  const begun = asked;
  await go(30);
  expect(begun.map(({ signal }) => signal?.aborted)).toEqual([true, false, false]);
});

test("a cursor that jumps asks for nothing ahead", async () => {
  expect(await go(20)).toEqual([]);
});

test("nothing is waited for once the viewer is gone", async () => {
  await go(40);
  await act(async () => render(null, root));
  expect(asked.every(({ signal }) => signal?.aborted)).toBe(true);
});
