import { expect, test } from "vitest";
import { frequencyAt, levelColors, marks, rows, type Scale, shareOf } from "./scale";
import { type Ask, DEPTH_DB, type Spectrogram, spectrogram, windowSize } from "./spectrum";
import { inTurns } from "./turns";

const SCALES: Scale[] = ["linear", "log", "mel"];

function sine(frequency: number, rate: number, seconds: number, loud = 1): Float32Array {
  return Float32Array.from(
    { length: rate * seconds },
    (_, i) => loud * Math.sin((2 * Math.PI * frequency * i) / rate),
  );
}

function made(
  samples: Float32Array,
  sampleRate: number,
  columns: number,
  stretch?: Partial<Ask>,
): Spectrogram {
  const work = spectrogram({ samples, sampleRate, from: 0, to: samples.length, columns, ...stretch });
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

const decibels = (level: number): number => (level / 255 - 1) * DEPTH_DB;
const loudestOf = (found: Spectrogram, x: number): number =>
  Math.max(...found.levels.subarray(x * found.bins, (x + 1) * found.bins));

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
    const most = Math.max(...column);
    const loud = column.flatMap((level, y) => (level === most ? [y] : []));
    const center = ((loud[0] as number) + (loud.at(-1) as number) + 1) / 2;
    const heard = frequencyAt(1 - center / height, rate, scale);
    expect(Math.abs(heard - frequency)).toBeLessThan(rate / windowSize(rate) + frequency * 0.03);
    expect(decibels(column.at(0) as number)).toBeLessThan(-70);
  }
});

test("levels are decibels below a full-scale sine", () => {
  // 1,000 Hz lie in the middle of a frequency's window: nothing of the sine is lost
  for (const [loud, db] of [
    [1, 0],
    [0.1, -20],
    [0.001, -60],
  ] as const)
    expect(Math.abs(decibels(loudestOf(made(sine(1000, 8000, 1, loud), 8000, 20), 10)) - db)).toBeLessThan(
      0.5,
    );
});

test("a stretch of a sound has the columns that the whole has there", () => {
  const samples = Float32Array.from({ length: 32_000 }, (_, i) => Math.sin(i * i * 1e-5));
  const whole = made(samples, 16_000, 40);
  const part = made(samples, 16_000, 10, { from: 8000, to: 16_000 });
  expect([...part.levels]).toEqual([...whole.levels.subarray(10 * whole.bins, 20 * whole.bins)]);
});

test("a click in a long silence is seen in its column alone", () => {
  const samples = new Float32Array(16_000);
  samples[8000] = 1;
  const found = made(samples, 16_000, 100);
  expect(loudestOf(found, 50)).toBeGreaterThan(100);
  expect(loudestOf(found, 20)).toBe(0);
});

test("silence and a single sample are drawn too", () => {
  expect(Math.max(...made(new Float32Array(4000), 8000, 30).levels)).toBe(0);
  expect(made(new Float32Array(1), 8000, 1).columns).toBe(1);
});

test("work in turns comes to the same, lets others have a turn, and ends when it is not needed", async () => {
  const ask: Ask = { samples: sine(500, 8000, 2), sampleRate: 8000, from: 0, to: 16_000, columns: 64 };
  let turns = 0;
  const ticking = setInterval(() => turns++, 0);
  const found = await inTurns(spectrogram(ask), 0, new AbortController().signal);
  clearInterval(ticking);
  expect([...found.levels]).toEqual([...made(ask.samples, 8000, 64).levels]);
  expect(turns).toBeGreaterThan(2);
  const stop = new AbortController();
  const work = inTurns(spectrogram(ask), 0, stop.signal);
  stop.abort();
  await expect(work).rejects.toThrow();
});

test("scales run from the bottom to the top and back", () => {
  for (const scale of SCALES)
    for (const rate of [32, 8000, 48_000]) {
      for (const share of [0.1, 0.5, 1])
        expect(shareOf(frequencyAt(share, rate, scale), rate, scale)).toBeCloseTo(share, 6);
      const found = marks(rate, scale, 112);
      expect(found.length).toBeGreaterThan(1);
      expect(found.every((mark) => mark.share > 0 && mark.share < 1)).toBe(true);
    }
});

test("colors go from the paper to ink over the chosen range", () => {
  const at = (colors: Uint8ClampedArray, db: number): number[] => {
    const level = Math.round(255 * (1 + db / DEPTH_DB));
    return [...colors.subarray(level * 4, level * 4 + 3)];
  };
  const light = levelColors(false, -6, 60);
  for (const [c, value] of at(light, -6).entries())
    expect(Math.abs(value - ([38, 8, 40][c] as number))).toBeLessThan(3);
  expect(at(light, 0)).toEqual([38, 8, 40]);
  expect(at(light, -66)).toEqual([255, 255, 255]);
  expect(at(light, -100)).toEqual([255, 255, 255]);
  expect(at(levelColors(false, 0, 120), -66)).not.toEqual([255, 255, 255]);
  for (const dark of [true, false]) {
    const lightness = [...Array(241).keys()].map((i) => {
      const [r, g, b] = at(levelColors(dark, 0, 120), i / 2 - 120) as [number, number, number];
      return (0.2126 * r + 0.7152 * g + 0.0722 * b) * (dark ? 1 : -1);
    });
    // read without color too: each louder level is further from the paper
    expect(lightness.every((value, i) => i === 0 || value >= (lightness[i - 1] as number) - 1)).toBe(true);
  }
});
