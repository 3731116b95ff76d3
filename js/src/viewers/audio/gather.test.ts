import { expect, test } from "vitest";
import { gathered } from "./gather";
import { MOST, type SampleReader } from "./samples";
import { type Ask, type Spectrogram, spectrogram } from "./spectrum";

/** A sound of `length` samples that climbs, and how much of it was read. */
function made(length: number, remote: boolean): { reader: SampleReader; read: () => number } {
  let read = 0;
  const at = (i: number): number => Math.sin(i * (0.1 + i * 1e-7));
  const reader: SampleReader = {
    rate: 8000,
    length,
    remote,
    read: async (from, to) => {
      const first = Math.max(0, Math.floor(from));
      const last = Math.min(length, Math.ceil(to));
      read += last - first;
      return { channels: [Float32Array.from({ length: last - first }, (_, i) => at(first + i))], first };
    },
  };
  return { reader, read: () => read };
}

function finished(ask: Ask): Spectrogram {
  const work = spectrogram(ask);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

const never = new AbortController().signal;

test("of a long sound only the windows are read, and its spectrogram is the same", async () => {
  const { reader, read } = made(2_000_000, false);
  const found = finished(await gathered(reader, 0, 2_000_000, 50, never));
  expect(read()).toBeLessThan(2_000_000 / 10);
  const { channels } = await reader.read(0, 2_000_000, never);
  const whole = {
    samples: channels[0] as Float32Array,
    sampleRate: 8000,
    from: 0,
    to: 2_000_000,
    columns: 50,
  };
  expect([...found.levels]).toEqual([...finished(whole).levels]);
});

test("of a short stretch all is read, with what lies around it", async () => {
  for (const remote of [true, false]) {
    const { reader, read } = made(2_000_000, remote);
    const ask = await gathered(reader, 1_000_000, 1_004_000, 80, never);
    expect(read()).toBeLessThan(6000);
    expect(ask.from).toBeGreaterThan(200);
    expect(ask.to - ask.from).toBe(4000);
  }
});

test("a server is asked for a window a column, and only where all would be too much", async () => {
  const near = made(MOST, true);
  await gathered(near.reader, 0, 400_000, 20, never);
  expect(near.read()).toBeGreaterThanOrEqual(400_000);
  const far = made(2 * MOST, true);
  const ask = await gathered(far.reader, 0, 2 * MOST, 20, never);
  expect(far.read()).toBe(20 * 256);
  expect(finished(ask).columns).toBe(20);
});

test("a window that begins before the sound is silent there", async () => {
  const { reader } = made(20_000_000, false);
  const ask = await gathered(reader, 0, 20_000_000, 4000, never);
  expect(ask.samples.every((value) => Number.isFinite(value))).toBe(true);
  expect(ask.columns).toBe(4000);
});
