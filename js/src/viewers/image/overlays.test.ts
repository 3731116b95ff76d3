import { beforeEach, describe, expect, test } from "vitest";
import fixture from "../../../../tests/media/class_colors.json";
import { Cursor } from "../../core/cursor";
import type { Io } from "../../core/io";
import { RunModel } from "../../core/run-model";
import { delta, info, medium } from "../../core/testing";
import type { Json, MediaRow } from "../../core/wire";
import { agreementOf } from "./agreement";
import { colorOf, isNothing } from "./classes";
import { WHOLE } from "./logic";
import { decodeMask, idAt, type MaskData } from "./mask-png";
import { hitsAt } from "./overlay";
import { panFrame, zoomFrame } from "./painter";
import { type Box, parts } from "./parts";
import { lineOf, linkedBy, passes, type Settings, showsClass, showsGroup, toggled } from "./settings";
import { frameOf, zoomed } from "./sheet";
import { chosenOf, startVersus } from "./sides";
import { Survey } from "./survey";

const BEGINNING: Settings = linkedBy(new Cursor(() => [])).settings.value;

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

function mask(width: number, ids: number[]): MaskData {
  return { width, height: ids.length / width, ids: Uint8Array.from(ids) };
}

/** The PNG of a mask, each line with the filter that `filters` says. */
async function png(
  { width, height, ids }: MaskData,
  filters: number[],
  patch: (header: Uint8Array) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  patch(header);
  const lines = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    const filter = filters[y % filters.length] as number;
    lines[y * (width + 1)] = filter;
    for (let x = 0; x < width; x++) {
      const left = x > 0 ? (ids[y * width + x - 1] as number) : 0;
      const above = y > 0 ? (ids[(y - 1) * width + x] as number) : 0;
      const corner = x > 0 && y > 0 ? (ids[(y - 1) * width + x - 1] as number) : 0;
      const p = left + above - corner;
      const nearest = [left, above, corner].reduce((best, one) =>
        Math.abs(p - one) < Math.abs(p - best) ? one : best,
      );
      const guess = [0, left, above, (left + above) >> 1, nearest][filter] as number;
      lines[y * (width + 1) + 1 + x] = (ids[y * width + x] as number) - guess;
    }
  }
  const chunk = (name: string, data: Uint8Array): Uint8Array[] => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, data.length);
    return [length, new TextEncoder().encode(name), data, new Uint8Array(4)];
  };
  const stream = new Blob([lines]).stream().pipeThrough(new CompressionStream("deflate"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const half = packed.length >> 1;
  const file = new Blob([
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    ...chunk("IHDR", header),
    ...chunk("IDAT", packed.subarray(0, half)),
    ...chunk("IDAT", packed.subarray(half)),
    ...chunk("IEND", new Uint8Array(0)),
  ] as BlobPart[]);
  return new Uint8Array(await file.arrayBuffer());
}

describe("masks", () => {
  test("are read exactly, whatever the filters of their lines", async () => {
    const ids = Array.from({ length: 13 * 10 }, (_, i) => (i * i * 37 + (i % 5)) % 256);
    const read = await decodeMask(await png(mask(13, ids), [0, 1, 2, 3, 4]));
    expect([read.width, read.height]).toEqual([13, 10]);
    expect([...read.ids]).toEqual(ids);
  });

  test("that are none are refused with a sentence", async () => {
    await expect(decodeMask(utf8("GIF89a"))).rejects.toThrow("not a PNG");
    const one = mask(2, [1, 2]);
    await expect(decodeMask(await png(one, [0], (header) => (header[9] = 2)))).rejects.toThrow("8-bit gray");
    await expect(decodeMask(await png(one, [0], (header) => (header[3] = 3)))).rejects.toThrow("damaged");
    await expect(decodeMask(await png(one, [0], (header) => header.fill(255, 0, 8)))).rejects.toThrow(
      "too large",
    );
  });

  test("are made smaller without mixing ids, whatever the filters of their lines", async () => {
    const checkers = mask(
      8,
      Array.from({ length: 64 }, (_, i) => (((i >> 3) + i) % 2 ? 200 : 3)),
    );
    const [up, others] = await Promise.all(
      [[2], [0, 1, 2, 3, 4]].map(async (filters) => decodeMask(await png(checkers, filters), 4)),
    );
    expect([up?.width, up?.height]).toEqual([4, 4]);
    expect(up?.ids.every((id) => id === 3 || id === 200)).toBe(true);
    expect(others).toEqual(up);
    const tall = mask(
      3,
      Array.from({ length: 21 }, (_, i) => i),
    );
    expect([...(await decodeMask(await png(tall, [2]), 2)).ids]).toEqual([4, 16]);
    expect(await decodeMask(await png(checkers, [2]), 8)).toEqual(checkers);
    expect([idAt(checkers, 0, 0), idAt(checkers, 0.13, 0), idAt(checkers, 1, 0)]).toEqual([3, 200, 200]);
  });

  test("agree in numbers: pixels, and intersection over union of each class that counts", () => {
    const found = agreementOf(mask(2, [0, 1, 1, 2]), mask(2, [0, 1, 2, 2]), (id) => id > 0);
    expect(found.pixels).toBe(0.75);
    expect([...found.iou]).toEqual([
      [1, 0.5],
      [2, 0.5],
    ]);
    expect(found.mean).toBe(0.5);
    expect([...found.differs.ids]).toEqual([0, 0, 1, 0]);
    expect(agreementOf(mask(2, [0, 1, 0, 1]), mask(1, [0]), () => true).pixels).toBe(0.5);
  });
});

describe("classes", () => {
  test("have the colors that Python gives them", () => {
    const colors: { [id: string]: number[] } = fixture;
    expect(Object.keys(colors).length).toBeGreaterThan(50);
    for (const [id, color] of Object.entries(colors)) expect([id, colorOf(Number(id))]).toEqual([id, color]);
  });

  test("of a mask are hidden at first only where they stand for nothing", () => {
    expect(showsClass(BEGINNING, "masks", {}, 0)).toBe(false);
    expect(showsClass(BEGINNING, "masks", { 0: "Background " }, 0)).toBe(false);
    expect(showsClass(BEGINNING, "masks", { 0: "person" }, 0)).toBe(true);
    expect(showsClass(BEGINNING, "boxes", {}, 0)).toBe(true);
    expect(isNothing(1, "background")).toBe(false);
    const on = { ...BEGINNING, classes: new Map([["0 class_0", true]]) };
    expect(showsClass(on, "masks", {}, 0)).toBe(true);
  });
});

function box(scores: Box["scores"], more: Partial<Box> = {}): Box {
  return { x0: 0, y0: 0, x1: 1, y1: 1, id: 1, caption: null, scores, ...more };
}

describe("boxes", () => {
  test.each([
    ["≥", 0.5, 0, [0.5, 0.9]],
    ["≤", 0.5, 0, [0.1, 0.5]],
    ["=", 0.5, 0, [0.5]],
    ["between", 0.7, 0.2, [0.5]],
  ] as const)("are filtered by a score %s", (operator, at, to, kept) => {
    const filters = new Map([["acc", { operator, at, to }]]);
    expect([0.1, 0.5, 0.9].filter((acc) => passes(filters, box({ acc })))).toEqual(kept);
  });

  test("stay when they have not the score, and have to pass every filter", () => {
    const filters = new Map([
      ["acc", { operator: "≥" as const, at: 0.5, to: 1 }],
      ["loss", { operator: "≤" as const, at: 1, to: 1 }],
    ]);
    expect(passes(filters, box({}))).toBe(true);
    expect(passes(filters, box({ acc: 0.6, loss: 2 }))).toBe(false);
    expect(passes(filters, box({ acc: 0.6 }))).toBe(true);
  });

  test("of two groups have different lines until somebody chooses", () => {
    expect([lineOf(BEGINNING, "a", 0), lineOf(BEGINNING, "b", 1)]).toEqual(["solid", "dashed"]);
    expect(lineOf({ ...BEGINNING, lines: new Map([["b", "dotted"]]) }, "b", 1)).toBe("dotted");
  });
});

describe("under the pointer", () => {
  const over = {
    masks: [{ name: "pred", labels: { 1: "car" }, classes: [0, 1], mask: mask(2, [0, 1]) }],
    boxes: [
      {
        name: "found",
        labels: { 1: "car" },
        boxes: [
          box({}),
          box({ acc: 0.51239 }, { x0: 0.6, y0: 0.2, x1: 0.9, y1: 0.8, caption: "red" }),
          box({}, { id: 9, x1: 0.4 }),
        ],
      },
    ],
  };

  test("is the class of each mask and the boxes, smallest first", () => {
    expect(hitsAt(over, BEGINNING, 0.7, 0.5)).toEqual([
      { group: "pred", text: "car", id: 1 },
      { group: "found", text: "car · red · acc 0.5124", id: 1 },
      { group: "found", text: "car", id: 1 },
    ]);
    expect(hitsAt(over, BEGINNING, 0.1, 0.5).map(({ text }) => text)).toEqual(["class_9", "car"]);
  });

  test("is nothing that is switched off", () => {
    const off = { ...BEGINNING, off: new Set(["boxes/found"]) };
    expect(hitsAt(over, off, 0.7, 0.5).map(({ group }) => group)).toEqual(["pred"]);
    expect(hitsAt(over, { ...off, shown: false }, 0.7, 0.5)).toEqual([]);
    const noCars = { ...BEGINNING, classes: new Map([["1 car", false]]) };
    expect(hitsAt(over, noCars, 0.1, 0.5).map(({ text }) => text)).toEqual(["class_9"]);
  });

  test("only what a side of a comparison shows", () => {
    expect(chosenOf(over, null)).toBe(over);
    expect(chosenOf(over, "masks/pred").boxes).toEqual([]);
    expect(chosenOf(over, "").masks).toEqual([]);
  });
});

test("groups are switched one by one, and all at once without forgetting which", () => {
  const off = toggled(BEGINNING.off, "masks/a");
  expect(showsGroup({ ...BEGINNING, off }, "masks", "a")).toBe(false);
  expect(showsGroup({ ...BEGINNING, off }, "boxes", "a")).toBe(true);
  expect(showsGroup({ ...BEGINNING, shown: false }, "boxes", "a")).toBe(false);
  expect(toggled(off, "masks/a").size).toBe(0);
});

describe("zoom", () => {
  const row = medium({ meta: { width: 40, height: 20 } });
  const frame = frameOf(row, { x: 10, y: 0, width: 100, height: 100 }, 100);

  test("shows a whole picture in its frame", () => {
    expect(frame).toEqual({ x: 20, y: 30, width: 80, height: 40 });
    expect(zoomed(frame, WHOLE)).toEqual(frame);
  });

  test("keeps the point under the pointer, and ends at the whole picture", () => {
    const view = zoomFrame(WHOLE, 4, 20, 10, frame);
    const rect = zoomed(frame, view);
    expect(rect.width).toBe(320);
    expect((frame.x + 20 - rect.x) / rect.width).toBeCloseTo(0.25);
    expect((frame.y + 10 - rect.y) / rect.height).toBeCloseTo(0.25);
    expect(zoomFrame(view, 0.01, 0, 0, frame)).toBe(WHOLE);
  });

  test("moves with the pointer, and never loses the picture", () => {
    const view = panFrame({ zoom: 4, u: 0.5, v: 0.5 }, 32, 0, frame);
    expect(view.u).toBeCloseTo(0.4);
    expect(panFrame(view, 1e6, 0, frame).u).toBe(0);
  });

  test("is one for all pictures of a panel, and another in another panel", () => {
    const cursor = new Cursor(() => []);
    expect(linkedBy(cursor)).toBe(linkedBy(cursor));
    expect(linkedBy(cursor)).not.toBe(linkedBy(new Cursor(() => [])));
  });
});

// ---- what a run has ----

let files: { [sha: string]: Uint8Array<ArrayBuffer> | Error };
let asked: string[];
const io = {
  bytes: (_run: string, sha: string) => {
    asked.push(sha);
    const file = files[sha];
    return file instanceof Uint8Array
      ? Promise.resolve(file)
      : Promise.reject(file ?? new Error("no such file"));
  },
} as unknown as Io;

beforeEach(() => {
  files = {};
  asked = [];
  parts.retry();
});

function row(step: number, meta: { [key: string]: Json }): MediaRow {
  return medium({ step, meta: { width: 4, height: 2, ...meta } });
}

describe("parts", () => {
  test("are fetched once and decoded; labels that have a file of their own too", async () => {
    files.m = await png(mask(2, [7, 9]), [2]);
    files.l = utf8('{"masks":{"a":{"7":"cat"}}}');
    files.b = utf8('[{"position":{"minX":1,"maxX":3,"minY":2,"maxY":0},"domain":"pixel","class_id":7}]');
    const one = row(0, {
      masks: { a: { classes: [7, 9] } },
      boxes: { c: { count: 1 } },
      parts: { "mask/a": "m", labels: "l", "boxes/c": "b", poster: "no" },
    });
    expect(parts.peek(one, 256)).toBeNull();
    const stop = new AbortController();
    await Promise.all([
      parts.load(io, "r", one, 256, stop.signal),
      parts.load(io, "r", one, 256, stop.signal),
    ]);
    const over = parts.peek(one, 256);
    expect(over?.masks[0]?.labels).toEqual({ 7: "cat" });
    expect(over?.masks[0]?.classes).toEqual([7, 9]);
    expect([...(over?.masks[0]?.mask.ids ?? [])]).toEqual([7, 9]);
    expect(over?.boxes[0]?.boxes).toEqual([
      { x0: 0.25, x1: 0.75, y0: 0, y1: 1, id: 7, caption: null, scores: {} },
    ]);
    await parts.load(io, "r", one, 256, stop.signal);
    await parts.load(io, "r", one, 1, stop.signal);
    expect([...(parts.peek(one, 1)?.masks[0]?.mask.ids ?? [])]).toEqual([9]);
    expect(asked.sort(), "another size of a mask is made of the same file").toEqual(["b", "l", "m"]);
  });

  test("that cannot be had are said, the others are shown, and they can be tried again", async () => {
    const one = row(0, { masks: { a: {}, b: {} }, parts: { "mask/a": "gone", "mask/b": "here" } });
    files.here = await png(mask(1, [1]), [0]);
    files.gone = new Error("lost on the way");
    const stop = new AbortController();
    await parts.load(io, "r", one, null, stop.signal);
    expect(parts.failure.value).toContain("lost on the way");
    expect(parts.peek(one, null)?.masks.map(({ name }) => name)).toEqual(["b"]);
    parts.retry();
    files.gone = await png(mask(1, [2]), [0]);
    await parts.load(io, "r", one, null, stop.signal);
    expect(parts.peek(one, null)?.masks.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("of hostile meta are nothing", () => {
    for (const masks of [3, "x", null, [1], { a: 3 }])
      expect(parts.peek(row(0, { masks, boxes: masks } as { [key: string]: Json }), null)).toEqual({
        masks: [],
        boxes: [],
      });
    const boxes = {
      a: { box_data: [3, null, {}, { position: 3 }, { position: { minX: "x" }, scores: { s: "y" } }] },
    };
    expect(parts.peek(row(0, { boxes }), null)?.boxes[0]?.boxes.length).toBe(1);
  });
});

describe("a survey", () => {
  const media = [
    row(0, { masks: { a: { classes: [0, 2], class_labels: { 2: "car" } } } }),
    row(5, { boxes: { b: { classes: [2], class_labels: { 2: "van" }, scores: { acc: [0.2, 0.5] } } } }),
    row(9, { boxes: { b: { classes: [2], class_labels: { 2: "van" }, scores: { acc: [0.1, 0.3] } } } }),
  ];

  test("finds groups, classes and scores of all steps, whatever the cursor shows", () => {
    const model = new RunModel("r");
    model.apply(delta({ full: true, info: info({ lastStep: 9 }), media }), []);
    const survey = new Survey();
    const key = media[0]?.key as string;
    const kind = media[0]?.kind as string;
    const runs = [{ model, color: "#000000", label: "r" }];
    const found = survey.update(runs, key, kind);
    expect([...found.groups.keys()]).toEqual(["masks/a", "boxes/b"]);
    expect([...found.classes.keys()]).toEqual(["0 class_0", "2 car", "2 van"]);
    expect(found.scores.get("acc")).toEqual([0.1, 0.5]);
    const more = row(12, { masks: { z: { classes: [1] } } });
    model.apply(delta({ rev: 2, since: 1, media: [more] }), []);
    expect(survey.update(runs, key, kind).groups.has("masks/z")).toBe(true);
  });
});

describe("a comparison begins", () => {
  const run = (id: string) => ({ model: new RunModel(id), color: "#000000", label: id });
  const labeled = row(0, { masks: { pred: {}, truth: {} } });

  test("with two runs where there are two", () => {
    const { a, b } = startVersus([run("x"), run("y")], labeled, [0, 1]);
    expect([a.run, b.run, a.only, b.only]).toEqual(["x", "y", null, null]);
  });

  test("with prediction and truth of one run", () => {
    const { a, b } = startVersus([run("x")], labeled, [0, 1]);
    expect([a.only, b.only]).toEqual(["masks/pred", "masks/truth"]);
  });

  test("with the first step and now where nothing lies over the picture", () => {
    const { a, b } = startVersus([run("x")], row(0, {}), [3, 8]);
    expect([a.step, b.step]).toEqual([3, null]);
  });
});
