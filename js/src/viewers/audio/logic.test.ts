import { expect, test } from "vitest";
import {
  clipName,
  columns,
  fft,
  frequencyAt,
  levelColors,
  loudest,
  marks,
  peaksOf,
  readPeaks,
  rows,
  type Scale,
  shareOf,
  spectrogram,
  windowSize,
} from "./logic";

const SCALES: Scale[] = ["linear", "log", "mel"];

function sine(frequency: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, i) =>
    Math.sin((2 * Math.PI * frequency * i) / rate),
  );
}

function made(samples: Float32Array, rate: number, width: number): ReturnType<typeof finish> {
  return finish(spectrogram(samples, rate, width));
}

function finish(work: ReturnType<typeof spectrogram>) {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

test("stored waveforms are read per channel; what is none is refused", () => {
  const stored = Int16Array.from([-32767, 32767, 0, 16384, 1, 2, 3, 4]);
  const peaks = readPeaks(stored.buffer, 2);
  expect(peaks?.channels).toHaveLength(2);
  expect(peaks?.channels[0]?.[1]).toBe(1);
  expect(peaks?.channels[0]?.[3]).toBeCloseTo(0.5, 3);
  expect(loudest(peaks as NonNullable<typeof peaks>)).toBe(1);
  expect(readPeaks(stored.buffer, 3)).toBeNull();
  expect(readPeaks(new ArrayBuffer(0), 0)).toBeNull();
});

test("waveforms keep each extreme, however narrow they are drawn", () => {
  const samples = new Float32Array(100_000);
  samples[77_777] = 0.9;
  samples[12_345] = -0.8;
  const peaks = peaksOf([samples]);
  for (const width of [1, 7, 300, 2000]) {
    const drawn = columns(peaks.channels[0] as Float32Array, width);
    expect(Math.max(...drawn)).toBeCloseTo(0.9, 5);
    expect(Math.min(...drawn)).toBeCloseTo(-0.8, 5);
  }
});

test("few samples are joined by a line", () => {
  const peaks = peaksOf([Float32Array.from([0, 1, -1, 0])]);
  const drawn = columns(peaks.channels[0] as Float32Array, 400);
  for (let x = 1; x < 400; x++) {
    // each column touches the one before
    expect(drawn[x * 2] as number).toBeLessThanOrEqual((drawn[x * 2 - 1] as number) + 1e-6);
    expect(drawn[x * 2 + 1] as number).toBeGreaterThanOrEqual((drawn[x * 2 - 2] as number) - 1e-6);
  }
  expect(Math.max(...drawn)).toBeCloseTo(1, 5);
  expect(Math.min(...drawn)).toBeCloseTo(-1, 5);
});

test("the transform agrees with the definition", () => {
  const n = 32;
  const re = Float32Array.from({ length: n }, (_, i) => Math.sin(i * i));
  const im = new Float32Array(n);
  const input = [...re];
  fft(re, im);
  for (let k = 0; k < n; k++) {
    let [a, b] = [0, 0];
    for (let i = 0; i < n; i++) {
      a += (input[i] as number) * Math.cos((2 * Math.PI * i * k) / n);
      b -= (input[i] as number) * Math.sin((2 * Math.PI * i * k) / n);
    }
    expect(re[k]).toBeCloseTo(a, 4);
    expect(im[k]).toBeCloseTo(b, 4);
  }
});

test.each([
  [16_000, 440],
  [44_100, 3000],
  [8000, 1000],
])("a tone at %i samples a second lies at its own frequency, %i Hz, on each scale", (rate, frequency) => {
  const found = made(sine(frequency, rate, 1), rate, 50);
  expect(found.columns).toBe(50);
  for (const scale of SCALES) {
    const height = 400;
    const drawn = rows(found, height, scale);
    const column = Array.from({ length: height }, (_, y) => drawn[y * found.columns + 25] as number);
    const loud = column.flatMap((level, y) => (level >= 250 ? [y] : []));
    const center = ((loud[0] as number) + (loud.at(-1) as number) + 1) / 2;
    const heard = frequencyAt(1 - center / height, rate, scale);
    expect(Math.abs(heard - frequency)).toBeLessThan(rate / windowSize(rate) + frequency * 0.03);
    expect(column.at(0)).toBeLessThan(100);
  }
});

test("a click in a long silence is seen in its column alone", () => {
  const samples = new Float32Array(16_000);
  samples[8000] = 1;
  const found = made(samples, 16_000, 100);
  const loud = Array.from({ length: 100 }, (_, x) =>
    Math.max(...found.levels.subarray(x * found.bins, (x + 1) * found.bins)),
  );
  expect(loud[50]).toBe(255);
  expect(loud[20]).toBe(0);
});

test("silence and a single sample are drawn too", () => {
  expect(Math.max(...made(new Float32Array(4000), 8000, 30).levels)).toBe(0);
  expect(made(new Float32Array(1), 8000, 30).columns).toBe(1);
});

test("scales run from the bottom to the top and back", () => {
  for (const scale of SCALES)
    for (const rate of [8000, 48_000])
      for (const share of [0.1, 0.5, 1])
        expect(shareOf(frequencyAt(share, rate, scale), rate, scale)).toBeCloseTo(share, 6);
  for (const scale of SCALES) {
    const found = marks(16_000, scale, 96);
    expect(found.length).toBeGreaterThan(1);
    expect(found.every((mark) => mark.share > 0 && mark.share < 1)).toBe(true);
  }
});

test("levels go from the paper to ink", () => {
  expect([...levelColors(false).subarray(0, 3)]).toEqual([255, 255, 255]);
  expect(Math.max(...levelColors(true).subarray(0, 3))).toBeLessThan(40);
  expect(clipName(0) + clipName(25) + clipName(26)).toBe("AZ27");
});
