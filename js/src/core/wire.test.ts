// What Python packs and types, read as the browser reads it; tests/panels/test_wire.py reads the same file.

import { afterEach, describe, expect, it, vi } from "vitest";
import json from "../../../tests/panels/wire_fixtures.json";
import { unpack } from "./packed";
import { RpcError } from "./rpc";
import { RunModel } from "./run-model";
import { Session } from "./session";
import { bytes, FakeModel } from "./testing";
import type { Ask, CellSource, Have, Hello, PackReply, Push, Reply, RunDelta, SeriesWindow } from "./wire";

interface Fixtures {
  hello: Hello;
  have: Have;
  pushes: Push[];
  asks: Ask[];
  replies: Reply[];
  packed: { content: RunDelta; buffers: string[]; body: string };
}

const fixtures = json as unknown as Fixtures;
const decoded = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const packed = (): ArrayBuffer => decoded(fixtures.packed.body).buffer as ArrayBuffer;

describe("a packed reply", () => {
  it("is taken apart as Python put it together", () => {
    const { content, buffers } = unpack(packed());
    expect(content).toEqual(fixtures.packed.content);
    expect(buffers.map((b) => new Uint8Array(b.buffer, b.byteOffset, b.byteLength))).toEqual(
      fixtures.packed.buffers.map(decoded),
    );
    for (const buffer of buffers) expect(buffer.byteOffset % 8).toBe(0);
  });

  it("is refused when it is cut short, wherever", () => {
    const body = packed();
    const last = fixtures.packed.buffers.map(decoded).at(-1)?.byteLength ?? 0;
    const needed = body.byteLength - ((8 - (last % 8)) % 8);
    for (let size = 0; size < needed; size += 7) expect(() => unpack(body.slice(0, size))).toThrow();
    expect(() => unpack(body.slice(0, needed - 1))).toThrow();
  });

  it("fills a run, which then says that it has it", () => {
    const { content, buffers } = unpack(packed());
    const model = new RunModel(fixtures.hello.runs[0] as string);
    expect(model.apply(content as RunDelta, buffers)).toBe("ok");
    expect(model.have()).toEqual(fixtures.have);
    expect(model.mediaAt("grads", "histogram", 2)).toHaveLength(1);
    expect(model.info.value?.metrics.debug?.hidden).toBe(true);
  });
});

/** A session whose kernel is played by the fixtures: it answers each op with the reply to the fixtures' question. */
function played(): { session: Session; panel: FakeModel; ask: FakeModel } {
  const { hello, asks, replies } = fixtures;
  const panel = new FakeModel();
  const ask = new FakeModel();
  panel.widget_manager = { get_model: async (id: string) => (id === hello.askModel ? ask : undefined) };
  ask.answer = ({ id, op }) => {
    const question = asks.find((known) => known.op === op)?.id;
    const reply = replies.find((known) => known.id === question);
    if (reply) ask.fire("msg:custom", { ...reply, id }, [bytes(1, 2), bytes(0.5, Number.NaN)]);
  };
  const session = new Session(panel as never, hello);
  opened.push(session);
  return { session, panel, ask };
}

const opened: Session[] = [];
afterEach(() => {
  for (const session of opened.splice(0)) session.close();
});

function fixtureAsk<O extends Ask["op"]>(op: O): Extract<Ask, { op: O }> {
  return fixtures.asks.find((ask) => ask.op === op) as Extract<Ask, { op: O }>;
}

const run = fixtures.hello.runs[0] as string;
const sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

describe("what the kernel pushes", () => {
  it("is shown with exactly the values that Python sent", () => {
    const { session, panel } = played();
    for (const push of fixtures.pushes) {
      const buffers = push.t === "delta" ? unpack(packed()).buffers : [];
      panel.fire("msg:custom", push, buffers);
    }
    const model = session.runs[0] as RunModel;
    expect(model.id).toBe("a1b2c3d4");
    expect(model.info.value).toMatchObject({
      name: "amber-fox",
      notes: "réseau, 신경망",
      tags: ["demo"],
      state: "running",
      exitCode: null,
      heartbeat: 1_750_000_002.5,
      lastStep: 2,
      metrics: { "val/loss": { stepMetric: "epoch" }, debug: { hidden: true } },
      earlier: { id: "e5f6a7b8", name: "blue-hill", state: "finished" },
    });
    expect(model.config.value).toEqual({
      lr: 0.001,
      seed: "18446744073709551615",
      classes: ["a", "b"],
      limit: "Infinity",
    });
    expect(model.summary.value).toEqual({ loss: "NaN", _step: 2 });
    expect([...model.series("loss").steps]).toEqual([0, 1, 2]);
    expect([...model.series("loss").values]).toEqual([0.5, 0.25, Number.NaN]);
    expect(model.mediaAt("samples", "image-file", 2)).toEqual([
      {
        key: "samples",
        step: 2,
        idx: 0,
        count: 2,
        kind: "image-file",
        meta: { width: 8, height: 8, format: "png", caption: "3" },
        blob: sha,
        pending: false,
      },
    ]);
    expect(model.mediaAt("grads", "histogram", 2)[0]?.meta).toEqual({ values: [1, 2], bins: [0, 0.5, 1] });
    expect(model.cells.value.get(123_456_789_012_345)).toMatchObject({ cellId: "c1", count: 4 });
    expect(session.cached(sha)).toMatchObject({ size: 4, type: "image/png" });
    expect(session.notices.value).toMatchObject([
      { level: "warning", text: "The disk is full: 12 rows wait in memory." },
    ]);
    expect(session.kernel.gone.value).toBe(true);
    expect(session.kernel.reason.value).toBe("Run a1b2c3d4 can no longer be read");
  });
});

describe("what the browser asks", () => {
  it("is worded as Python reads it", async () => {
    const { session, ask } = played();
    const series = fixtureAsk("series").args;
    const blob = fixtureAsk("blob").args;
    ask.answer = undefined;
    const stop = new AbortController();
    const { signal } = stop;
    const left = [
      session.sync(new RunModel(run)),
      session.series(run, series.keys, series.lo, series.hi, series.buckets, signal),
      session.blob(run, blob.sha, blob.px, signal),
      session.cell(run, fixtureAsk("cell").args.cell, signal),
      session.resume(run),
      session.kernel.ask("pack", fixtureAsk("pack").args),
    ];
    for (const one of left) one.catch(() => undefined);
    await vi.waitFor(() => expect(ask.sent).toHaveLength(left.length));
    stop.abort();
    await vi.waitFor(() => expect(ask.sent.some(({ op }) => op === "cancel")).toBe(true));
    const said = new Map(ask.sent.map((asked) => [asked.op, asked]));
    expect([...said.keys()].sort()).toEqual(fixtures.asks.map(({ op }) => op).sort());
    for (const { op, args } of fixtures.asks)
      if (op !== "cancel") expect(said.get(op)?.args, op).toEqual(args);
    expect(Object.keys(said.get("cancel")?.args ?? {})).toEqual(Object.keys(fixtureAsk("cancel").args));
  });

  it("is answered with values of the types that it expects", async () => {
    const { session } = played();
    const window = await session.series(run, ["loss"], 0, 100, 500);
    const wanted: SeriesWindow = { keys: ["loss"], lo: 0, hi: 100, sampled: false, steps: 0, values: [1] };
    expect(window).toEqual({
      ...wanted,
      steps: Float64Array.of(1, 2),
      values: [Float64Array.of(0.5, Number.NaN)],
    });
    expect(await session.blob(run, sha, 256)).toMatchObject({ size: 16, type: "image/png" });
    const cell: CellSource = {
      source: "train()",
      count: 4,
      time: 1_750_000_000.5,
      previous: { source: "train(1)", count: 2, time: 1_749_990_000, run: "e5f6a7b8" },
    };
    expect(await session.cell(run, fixtureAsk("cell").args.cell)).toEqual(cell);
    const pack: PackReply = {
      mime: "text/javascript; charset=utf-8",
      encoding: "gzip",
      version: "9e3a6cc71f9d51b7",
    };
    expect((await session.kernel.ask("pack", { name: "plotly" })).result).toEqual(pack);
  });

  it("fails with the type, words and hint of Python's error", async () => {
    const { session, ask } = played();
    const refusal = fixtures.replies.find((reply) => !reply.ok);
    ask.answer = ({ id }) => ask.fire("msg:custom", { ...refusal, id });
    const error = await session.cell("zzz", 1).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({
      type: "NotFoundError",
      message: "this panel does not show run 'zzz'; it shows a1b2c3d4",
      hint: "It may have been removed; `nbtrack fsck` checks the store.",
    });
  });
});
