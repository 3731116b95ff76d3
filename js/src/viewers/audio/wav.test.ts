import { expect, test } from "vitest";
import { bytesOf, HEADER, samplesIn, type Wave, waveOf } from "./wav";

/** A WAV file of whole 16-bit numbers, with a chunk that nobody knows before the samples. */
function file(
  numbers: number[],
  channels: number,
  options: { kind?: number; bits?: number; extra?: number } = {},
) {
  const { kind = 1, bits = 16, extra = 7 } = options;
  const body = numbers.length * (bits / 8);
  const bytes = new ArrayBuffer(12 + 24 + 8 + extra + (extra % 2) + 8 + body);
  const view = new DataView(bytes);
  const text = (at: number, word: string): void => {
    for (let i = 0; i < 4; i++) view.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, "RIFF");
  text(8, "WAVE");
  text(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, kind, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, bits, true);
  text(36, "LIST");
  view.setUint32(40, extra, true);
  const data = 44 + extra + (extra % 2);
  text(data, "data");
  view.setUint32(data + 4, body, true);
  numbers.forEach((number, i) => {
    const at = data + 8 + i * (bits / 8);
    if (kind === 3 && bits === 32) view.setFloat32(at, number, true);
    else if (kind === 3) view.setFloat64(at, number, true);
    else if (bits === 8) view.setUint8(at, number);
    else if (bits === 16) view.setInt16(at, number, true);
    else if (bits === 24) {
      view.setUint16(at, number & 0xffff, true);
      view.setInt8(at + 2, number >> 16);
    } else view.setInt32(at, number, true);
  });
  return bytes;
}

test.each([
  [1, 8, [0, 128, 192], [-1, 0, 0.5]],
  [1, 16, [-32768, 0, 16384], [-1, 0, 0.5]],
  [1, 24, [-8388608, 0, 4194304], [-1, 0, 0.5]],
  [1, 32, [-2147483648, 0, 1073741824], [-1, 0, 0.5]],
  [3, 32, [-1, 0, 0.5], [-1, 0, 0.5]],
  [3, 64, [-1, 0, 0.5], [-1, 0, 0.5]],
])("samples of kind %i with %i bits are from -1 to 1", (kind, bits, numbers, heard) => {
  const bytes = file(numbers, 1, { kind, bits });
  const wave = waveOf(bytes, bytes.byteLength) as Wave;
  expect([wave.rate, wave.channels, wave.samples]).toEqual([8000, 1, 3]);
  expect([...(samplesIn(wave, bytes.slice(...bytesOf(wave, 0, 3)))[0] ?? [])]).toEqual(heard);
});

test("any stretch is read by itself, its channels apart", () => {
  const bytes = file([1, -1, 2, -2, 3, -3, 4, -4], 2);
  const wave = waveOf(bytes.slice(0, HEADER), bytes.byteLength) as Wave;
  expect(wave.samples).toBe(4);
  const [left, right] = samplesIn(wave, bytes.slice(...bytesOf(wave, 1, 3)));
  expect([...(left ?? [])].map((v) => v * 32768)).toEqual([2, 3]);
  expect([...(right ?? [])].map((v) => v * 32768)).toEqual([-2, -3]);
});

test("a file cut short has the samples that are there", () => {
  const bytes = file([1, 2, 3, 4], 1);
  expect(waveOf(bytes, bytes.byteLength - 3)?.samples).toBe(2);
});

test("what is none, or compressed, is left to the browser", () => {
  const bytes = file([1, 2], 1);
  expect(waveOf(new ArrayBuffer(0), 0)).toBeNull();
  expect(waveOf(bytes.slice(0, 40), 40)).toBeNull();
  expect(waveOf(file([1], 1, { kind: 7, bits: 8 }), 99)).toBeNull();
  expect(waveOf(file([], 0), 99)).toBeNull();
  expect(waveOf(Uint8Array.from("ID3 no wave here").buffer, 16)).toBeNull();
});
