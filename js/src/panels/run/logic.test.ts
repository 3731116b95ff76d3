import { describe, expect, it } from "vitest";
import { info } from "../../core/testing";
import { groupKeys, matcher, rateOf, sourceText, stateText } from "./logic";

const image = (key: string) => ({ key, kind: "image-file" });

describe("groupKeys", () => {
  it("puts keys together by what stands before the first slash, groups with curves first", () => {
    const groups = groupKeys(
      ["loss", "train/loss", "train/a/b", "val/loss"],
      [image("samples"), image("val/x"), image("pictures/x")],
    );
    expect(groups).toEqual([
      { id: "charts", title: "Charts", curves: ["loss"], media: [] },
      { id: "train/", title: "train", curves: ["train/loss", "train/a/b"], media: [] },
      { id: "val/", title: "val", curves: ["val/loss"], media: [image("val/x")] },
      { id: "media", title: "Media", curves: [], media: [image("samples")] },
      { id: "pictures/", title: "pictures", curves: [], media: [image("pictures/x")] },
    ]);
  });

  it("takes a leading slash for a part of the name", () => {
    expect(groupKeys(["/odd"], []).map((g) => g.id)).toEqual(["charts"]);
  });

  it("keeps a prefix named like a group of ours apart from it", () => {
    expect(groupKeys(["a", "Charts/a"], []).map((g) => [g.id, g.curves])).toEqual([
      ["charts", ["a"]],
      ["Charts/", ["Charts/a"]],
    ]);
  });
});

describe("matcher", () => {
  it.each([
    ["", "anything", true],
    ["LOSS val", "val/loss", true],
    ["loss train", "val/loss", false],
    ["/^val.*s$/", "val/loss", true],
    ["/^loss/", "val/loss", false],
    ["/[/", "a/[/b", true],
  ])("%s finds %s: %s", (query, key, found) => expect(matcher(query)(key)).toBe(found));
});

describe("rateOf", () => {
  const seconds = Float64Array.from({ length: 101 }, (_, i) => i);
  it("looks at the last ten seconds only", () => {
    const steps = Float64Array.from({ length: 101 }, (_, i) => (i < 90 ? i : 90 + (i - 90) * 5));
    expect(rateOf(steps, seconds)).toBe(5);
  });

  it("says nothing of one point, nor of no time", () => {
    expect(rateOf(seconds.subarray(0, 1), seconds.subarray(0, 1))).toBeNaN();
    expect(rateOf(seconds.subarray(0, 2), new Float64Array(2))).toBeNaN();
  });

  it("takes the last two points of a slow run", () => {
    expect(rateOf(Float64Array.of(0, 1, 2), Float64Array.of(0, 60, 180))).toBeCloseTo(1 / 120);
  });
});

describe("texts", () => {
  it("say the exit code of a failed run", () => {
    expect(stateText(info({ state: "failed", exitCode: 3 }))).toBe("failed · exit 3");
    expect(stateText(info({ state: "finished", exitCode: 0 }))).toBe("finished");
  });

  it("say where the picture comes from", () => {
    expect(sourceText("live", "kernel gone", true, true)).toBe("");
    expect(sourceText("busy-store", "", true, true)).toBe("kernel busy · reading from the store");
    expect(sourceText("busy-store", "", false, true)).toBe("reading from the store");
    expect(sourceText("gone-store", "kernel gone", null, true)).toBe("kernel gone · showing from the store");
    expect(sourceText("gone-stale", "kernel gone", null, true)).toBe(
      "kernel gone · showing what was received last",
    );
  });
});
