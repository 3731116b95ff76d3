import { expect, test } from "vitest";
import { columns, covers, type Level, levelFor, loudest, overviewOf, pyramidOf, samplesLevel } from "./peaks";

/** The pyramid that nbtrack/media/waveform.py stores of planar samples, with those blocks. */
function stored(channels: number[][], blocks: number[]): ArrayBuffer {
  const out: number[] = [];
  for (const block of blocks)
    for (let at = 0; at < (channels[0] as number[]).length; at += block)
      for (const channel of channels) {
        const piece = channel.slice(at, at + block);
        out.push(Math.min(...piece), Math.max(...piece));
      }
  return Int16Array.from(out).buffer;
}

const extremes = (level: Level, channel: number, from: number, to: number, width: number) => {
  const drawn = columns(level, channel, from, to, width);
  return [
    Math.min(...drawn.filter((v) => !Number.isNaN(v))),
    Math.max(...drawn.filter((v) => !Number.isNaN(v))),
  ];
};

test("the stored overview is read per channel; what is none is refused", () => {
  const bytes = Int16Array.from([-32767, 32767, 0, 16384, 1, 2, 3, 4]).buffer;
  const level = overviewOf(bytes, 2, 1000) as Level;
  expect(level.channels).toHaveLength(2);
  expect(level.block).toBe(500);
  expect([...columns(level, 0, 0, 1000, 2)]).toEqual([-1, 1, 0, 16384 / 32767].map(Math.fround));
  expect(columns(level, 1, 0, 1000, 2)[3]).toBeCloseTo(4 / 32767, 6);
  expect(loudest(level)).toBe(1);
  expect(overviewOf(bytes, 3, 1000)).toBeNull();
  expect(overviewOf(new ArrayBuffer(0), 0, 0)).toBeNull();
});

test("each level of a pyramid is read; one that is cut short is refused", () => {
  const left = Array.from({ length: 100 }, (_, i) => (i === 77 ? 30_000 : 0));
  const right = Array.from({ length: 100 }, (_, i) => (i === 20 ? -20_000 : 0));
  const bytes = stored([left, right], [4, 16]);
  const levels = pyramidOf(bytes, [4, 16], 100, 2) as Level[];
  expect(levels.map((level) => [level.block, level.stretches])).toEqual([
    [4, 25],
    [16, 7],
  ]);
  for (const level of levels) {
    expect(extremes(level, 0, 0, 100, 10)[1]).toBeCloseTo(30_000 / 32767, 5);
    expect(extremes(level, 1, 0, 100, 10)[0]).toBeCloseTo(-20_000 / 32767, 5);
    expect(extremes(level, 0, 0, 48, 10)).toEqual([0, 0]);
  }
  expect(pyramidOf(bytes.slice(0, -4), [4, 16], 100, 2)).toBeNull();
  expect(pyramidOf(bytes, [4], 100, 2)).toBeNull();
  expect(pyramidOf(bytes, [Number.NaN], 100, 2)).toBeNull();
});

test("the coarsest level with a stretch for each pixel is drawn, else the finest", () => {
  const level = (block: number): Level => ({ ...samplesLevel([new Float32Array(1)], 0), block });
  const levels = [level(38_759.8), level(256), level(1024), level(4096)];
  for (const [perPixel, block] of [
    [150_000, 38_759.8],
    [38_000, 4096],
    [5000, 4096],
    [1024, 1024],
    [300, 256],
    [2, 256],
  ])
    expect(levelFor(levels, perPixel as number)?.block).toBe(block);
  expect(levelFor([], 5)).toBeNull();
});

test("each extreme is kept, however wide and whatever stretch of it is drawn", () => {
  const samples = new Float32Array(100_000);
  samples[77_777] = 0.9;
  samples[12_345] = -0.8;
  const level = samplesLevel([samples], 0);
  for (const width of [1, 7, 300, 2000]) {
    const [low, high] = extremes(level, 0, 0, 100_000, width);
    expect(high).toBeCloseTo(0.9, 5);
    expect(low).toBeCloseTo(-0.8, 5);
  }
  expect(extremes(level, 0, 70_000, 77_700, 50)).toEqual([0, 0]);
  expect(extremes(level, 0, 77_770, 77_790, 50)[1]).toBeGreaterThan(0.8);
});

test("samples that were read from the middle of a sound are drawn at their place", () => {
  const level = samplesLevel([Float32Array.from([0.1, 0.2, 0.3, 0.4])], 1000);
  const drawn = columns(level, 0, 998, 1006, 8);
  expect([drawn[0], drawn[1]]).toEqual([Number.NaN, Number.NaN]);
  expect(drawn[2 * 2 + 1]).toBeCloseTo(0.1, 6);
  expect(drawn[5 * 2 + 1]).toBeCloseTo(0.4, 6);
  expect(drawn[7 * 2]).toBeNaN();
  expect(covers(level, 1000, 1004, 5000)).toBe(true);
  expect(covers(level, 1002, 1005, 5000)).toBe(false);
  expect(covers(level, 1001, 9999, 1004)).toBe(true);
  expect(covers(level, 999, 1003, 5000)).toBe(false);
  expect(covers(samplesLevel([new Float32Array(5)], 0), -3, 5, 5000)).toBe(true);
});

test("few samples are joined by a line", () => {
  const drawn = columns(samplesLevel([Float32Array.from([0, 1, -1, 0])], 0), 0, 0, 3, 400);
  for (let x = 1; x < 400; x++) {
    // each column touches the one before
    expect(drawn[x * 2] as number).toBeLessThanOrEqual((drawn[x * 2 - 1] as number) + 1e-6);
    expect(drawn[x * 2 + 1] as number).toBeGreaterThanOrEqual((drawn[x * 2 - 2] as number) - 1e-6);
  }
  expect(Math.max(...drawn)).toBeCloseTo(1, 2);
  expect(Math.min(...drawn)).toBeCloseTo(-1, 2);
});
