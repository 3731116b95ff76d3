import { describe, expect, it } from "vitest";
import { compile } from "./expression";

const keys = ["loss", "acc", "train/loss", "val/loss", "loss2", "손실", "odd key-1", "a.b"];
const of = (text: string, values: Record<string, number>): number => {
  const def = compile(text, keys);
  return def.value?.(def.keys.map((key) => values[key] ?? Number.NaN)) as number;
};

describe("an expression", () => {
  it.each([
    ["loss / acc", { loss: 6, acc: 3 }, 2],
    ["train/loss / val/loss", { "train/loss": 8, "val/loss": 2 }, 4],
    ["train/loss/val/loss", { "train/loss": 8, "val/loss": 2 }, 4],
    ["loss2 - loss", { loss2: 5, loss: 2 }, 3],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a person types
    ["${odd key-1} * 2", { "odd key-1": 4 }, 8],
    ["log10(a.b) + 1", { "a.b": 100 }, 3],
    ["손실 ** 1", {}, null],
    ["-손실", { 손실: 2 }, -2],
    ["max(loss, acc, 1)", { loss: 0.5, acc: 0.2 }, 1],
    ["loss > 1 ? 1 : acc", { loss: 0, acc: 7 }, 7],
    ["exp(0) + pi * 0 + loss", { loss: 1 }, 2],
  ])("%s", (text, values, expected) => {
    if (expected === null) expect(() => of(text, values)).toThrow();
    else expect(of(text, values)).toBeCloseTo(expected, 12);
  });

  it("names what is used once each", () => {
    expect(compile("loss / (loss + acc)", keys)).toMatchObject({
      name: "loss / (loss + acc)",
      keys: ["loss", "acc"],
    });
  });

  it.each([
    ["lose / acc", "No key “lose”; there is loss"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a person types
    ["${nope}", "No key “nope”"],
    ["${loss", "has no }"],
    ["1 + 2", "no key in it"],
    ["", "Type an expression"],
    ["loss +", "Unexpected end"],
    ["alert(loss)", "no function alert"],
    ["constructor(loss)", "no function constructor"],
    ["loss.constructor", "Only arithmetic"],
    ["loss['x']", "Only arithmetic"],
    ["'a' + loss", "is no number"],
    ["loss = 3", "after expression"],
  ])("%s is refused with a sentence", (text, message) => {
    expect(() => compile(text, keys)).toThrow(message);
  });
});
