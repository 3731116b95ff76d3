import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import { Cursor } from "./cursor";
import type { Io } from "./io";
import { useReadAhead } from "./read-ahead";
import { registerViewer } from "./registry";
import { RunModel } from "./run-model";
import { delta, info, medium } from "./testing";

registerViewer("image-file", { title: "images", component: () => null });

const root = document.createElement("div");
afterEach(() => {
  render(null, root);
  vi.useRealTimers();
});

test("once the slider rests, both neighbors are fetched: small pictures as they are, others reduced", async () => {
  vi.useFakeTimers();
  const model = new RunModel("r");
  const media = [0, 1, 2, 3, 4, 5, 6].map((step) =>
    medium({ step, blob: `${step}`, meta: { width: step % 2 ? 256 : 2000, height: 100 } }),
  );
  model.apply(delta({ full: true, info: info({ lastStep: 6 }), media }), []);
  const cursor = new Cursor(() => [model]);
  const asked: [string, number | null][] = [];
  const io = {
    prefetch: (_run: string, [sha]: string[], px: number | null) => asked.push([sha as string, px]),
  } as unknown as Io;
  const runs = [model];
  const Panel = (): null => {
    useReadAhead(io, cursor, runs);
    return null;
  };
  await act(async () => render(<Panel />, root));
  cursor.moveTo(5);
  cursor.moveTo(3);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([
    ["4", 512],
    ["2", 512],
    ["5", null],
    ["1", null],
  ]);
  cursor.dispose();
});
