// What Python packs and types, read as the browser reads it; tests/panels/test_wire.py reads the same file.

import { describe, expect, it } from "vitest";
import json from "../../../tests/panels/wire_fixtures.json";
import { unpack } from "./packed";
import { RunModel } from "./run-model";
import type { Hello, RunDelta } from "./wire";

interface Fixtures {
  hello: Hello;
  have: unknown;
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
