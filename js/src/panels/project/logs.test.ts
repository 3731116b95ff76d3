import { expect, it } from "vitest";
import { linesOf } from "./logs";

const texts = (...pieces: string[]): string[] =>
  linesOf(pieces.map((text, i) => [i, "stdout", text] as const)).map(({ text }) => text);

it("pieces are joined to lines", () => {
  expect(texts("epoch ", "1\nepoch 2", "\n", "\nend")).toEqual(["epoch 1", "epoch 2", "", "end"]);
});

it("streams do not melt into each other", () => {
  const lines = linesOf([
    [1, "stdout", "a"],
    [2, "stderr", "warning\n"],
    [3, "stdout", "b\n"],
  ]);
  expect(lines).toEqual([
    { number: 1, time: 1, stream: "stdout", text: "ab" },
    { number: 2, time: 2, stream: "stderr", text: "warning" },
  ]);
});

it("a progress bar shows its last state", () => {
  expect(texts("\r 10%", "\r 50%", "\r100%\n")).toEqual(["100%"]);
  expect(texts("longer\rab\n")).toEqual(["abnger"]);
});

it("colors of terminals are left out", () => {
  expect(texts("\u001b[1;31mred\u001b[0m plain\n", "\u001b]0;title\u0007x\n")).toEqual(["red plain", "x"]);
});
