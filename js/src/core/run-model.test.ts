import { effect } from "@preact/signals";
import { describe, expect, it } from "vitest";
import { float64, keyFilter, RunModel } from "./run-model";
import { bytes, delta, info, medium, points } from "./testing";

const held = (model: RunModel, key: string): [number, number][] => {
  const { steps, values } = model.series(key);
  return Array.from(steps, (step, i) => [step, values[i] as number]);
};

const first = [
  [0, 1],
  [1, 2],
  [2, 3],
] as const;

describe("series", () => {
  it("appends what follows", () => {
    const model = new RunModel("r");
    expect(model.apply(...points("loss", 0, first, { full: true }))).toBe("ok");
    expect(model.apply(...points("loss", 3, [[5, 9]], { rev: 2 }))).toBe("ok");
    expect(held(model, "loss")).toEqual([...first, [5, 9]]);
    expect(model.series("loss").n).toBe(4);
  });

  it("grows over many small chunks without losing a point", () => {
    const model = new RunModel("r");
    for (let i = 0; i < 500; i++) model.apply(...points("loss", i, [[i, i * i]], { rev: i + 1 }));
    expect(held(model, "loss")).toEqual(Array.from({ length: 500 }, (_, i) => [i, i * i]));
  });

  it("is the same after a delta came twice, late, or overlapping", () => {
    const model = new RunModel("r");
    const [d1, b1] = points("loss", 0, first, { full: true });
    const [d2, b2] = points("loss", 3, [[3, 4]], { rev: 2 });
    const [d3, b3] = points("loss", 2, [first[2], [3, 4], [4, 5]], { rev: 3 });
    for (const [d, b] of [
      [d1, b1],
      [d2, b2],
      [d2, b2],
      [d3, b3],
      [d2, b2],
      [d3, b3],
    ] as const) {
      expect(model.apply(d, b)).toBe("ok");
    }
    expect(held(model, "loss")).toEqual([...first, [3, 4], [4, 5]]);
  });

  it("says gap when points are missing, keeps what it has, and asks from there", () => {
    const model = new RunModel("r");
    model.apply(...points("loss", 0, first, { full: true, rev: 7, origin: "k" }));
    expect(model.apply(...points("loss", 5, [[9, 9]], { rev: 9, origin: "k" }))).toBe("gap");
    expect(held(model, "loss")).toEqual([...first]);
    expect(model.have()).toEqual({ rev: 7, origin: "k", series: { loss: [0, 3] } });
  });

  it("says gap when the delta starts after what it holds", () => {
    const model = new RunModel("r");
    model.apply(delta({ full: true, rev: 3 }), []);
    expect(model.apply(delta({ rev: 9, since: 8 }), [])).toBe("gap");
    expect(model.apply(delta({ rev: 9, since: 3 }), [])).toBe("ok");
  });

  it("drops what it has when earlier points changed", () => {
    const model = new RunModel("r");
    model.apply(...points("loss", 0, first, { full: true }));
    model.apply(
      ...points(
        "loss",
        0,
        [
          [0, 1],
          [0.5, 8],
        ],
        { rev: 2, epoch: 1 },
      ),
    );
    expect(held(model, "loss")).toEqual([
      [0, 1],
      [0.5, 8],
    ]);
    // and what was sent before that no longer counts
    expect(model.apply(...points("loss", 3, [[3, 4]], { rev: 1, epoch: 0 }))).toBe("ok");
    expect(held(model, "loss")).toEqual([
      [0, 1],
      [0.5, 8],
    ]);
  });

  it("needs everything of a new epoch", () => {
    const model = new RunModel("r");
    model.apply(...points("loss", 0, first, { full: true }));
    expect(model.apply(...points("loss", 3, [[3, 4]], { rev: 2, epoch: 1 }))).toBe("gap");
    expect(held(model, "loss")).toEqual([...first]);
  });

  it("takes reduced points in place of all, and new points after them", () => {
    const model = new RunModel("r");
    model.apply(...points("loss", 0, first, { full: true }));
    model.apply(
      ...points(
        "loss",
        0,
        [
          [0, 1],
          [900, 2],
        ],
        { rev: 2, n: 1000, sampled: true },
      ),
    );
    expect(model.series("loss")).toMatchObject({ n: 1000, sampled: true });
    expect(
      model.apply(
        ...points(
          "loss",
          999,
          [
            [900, 2],
            [1000, 3],
          ],
          { rev: 3 },
        ),
      ),
    ).toBe("ok");
    expect(held(model, "loss")).toEqual([
      [0, 1],
      [900, 2],
      [1000, 3],
    ]);
    expect(model.series("loss").n).toBe(1001);
    expect(model.apply(...points("loss", 1002, [[1002, 3]], { rev: 4 }))).toBe("gap");
  });

  it("tells those who draw it only when it changed", () => {
    const model = new RunModel("r");
    let drawn = 0;
    const stop = effect(() => {
      model.series("loss").version.value;
      drawn++;
    });
    const [d, b] = points("loss", 0, first, { full: true });
    model.apply(d, b);
    model.apply(...points("loss", 0, first, { rev: 1 }));
    model.apply(...points("accuracy", 0, first, { rev: 2 }));
    expect(drawn).toBe(2);
    stop();
  });

  it("reads buffers that the host aligned badly", () => {
    const whole = new Uint8Array(24);
    whole.set(new Uint8Array(bytes(1.5, -2).buffer), 3);
    expect([...float64(new DataView(whole.buffer, 3, 16))]).toEqual([1.5, -2]);
  });
});

describe("two senders", () => {
  it("keep their own revisions and epochs, and never undo each other", () => {
    const model = new RunModel("r");
    model.apply(...points("loss", 0, first, { full: true, rev: 40, origin: "kernel-1", epoch: 3 }));
    const server = points("loss", 0, [...first, [3, 4]], {
      full: true,
      rev: 2,
      origin: "server-1",
      epoch: 0,
    });
    expect(model.have("http")).toBeNull();
    expect(model.apply(...server, "http")).toBe("ok");
    expect(held(model, "loss")).toEqual([...first, [3, 4]]);
    expect(model.have("http")).toEqual({ rev: 2, origin: "server-1", series: { loss: [0, 4] } });
    expect(model.have("kernel")).toEqual({ rev: 40, origin: "kernel-1", series: { loss: [3, 4] } });
    // the kernel sends what it thinks is missing: one point is known already
    expect(
      model.apply(
        ...points(
          "loss",
          3,
          [
            [3, 4],
            [4, 5],
          ],
          { rev: 41, origin: "kernel-1", epoch: 3 },
        ),
      ),
    ).toBe("ok");
    expect(held(model, "loss")).toEqual([...first, [3, 4], [4, 5]]);
  });

  it("a server that is behind takes nothing away", () => {
    const model = new RunModel("r");
    model.apply(...points("loss", 0, first, { full: true, rev: 40, origin: "k" }));
    model.apply(delta({ media: [medium({ step: 2 })], rev: 41, origin: "k", since: 40 }), []);
    model.apply(...points("loss", 0, first.slice(0, 2), { full: true, rev: 1, origin: "s" }), "http");
    expect(held(model, "loss")).toEqual([...first]);
    expect([...model.mediaSteps("samples", "image-file")]).toEqual([2]);
  });

  it("a full delta of the same sender replaces everything", () => {
    const model = new RunModel("r");
    model.apply(...points("old", 0, first, { full: true, rev: 1, media: [medium()] }));
    model.apply(...points("loss", 0, first.slice(0, 1), { full: true, rev: 2 }));
    expect(model.numericKeys.value).toEqual(["loss"]);
    expect(model.mediaKeys.value).toEqual([]);
    expect(held(model, "old")).toEqual([]);
  });

  it("an older delta does not bring back an older header", () => {
    const model = new RunModel("r");
    model.apply(delta({ full: true, rev: 5, info: info({ state: "finished" }) }), []);
    model.apply(delta({ rev: 4, info: info({ state: "running" }) }), []);
    expect(model.info.value?.state).toBe("finished");
  });
});

describe("media", () => {
  it("are found by step and sorted by idx", () => {
    const model = new RunModel("r");
    model.apply(
      delta({ full: true, media: [1, 0].map((idx) => medium({ step: 10, idx, count: 2, blob: `b${idx}` })) }),
      [],
    );
    model.apply(delta({ rev: 2, media: [medium({ step: 2 })] }), []);
    expect([...model.mediaSteps("samples", "image-file")]).toEqual([2, 10]);
    expect(model.mediaAt("samples", "image-file", 10).map((row) => row.blob)).toEqual(["b0", "b1"]);
    expect(model.mediaAt("samples", "image-file", 3)).toEqual([]);
  });

  it("a shorter list makes the rest of the longer one stale", () => {
    const model = new RunModel("r");
    const list = (count: number) => Array.from({ length: count }, (_, idx) => medium({ idx, count }));
    model.apply(delta({ full: true, media: list(4) }), []);
    model.apply(delta({ rev: 2, media: list(2) }), []);
    expect(model.mediaAt("samples", "image-file", 0).map((row) => row.idx)).toEqual([0, 1]);
  });

  it("a row that waited for its bytes is replaced when they are there", () => {
    const model = new RunModel("r");
    model.apply(delta({ full: true, media: [medium({ blob: null, pending: true })] }), []);
    const before = model.mark();
    model.apply(delta({ rev: 2, media: [medium({ blob: "b" })] }), []);
    expect(model.mediaAt("samples", "image-file", 0)).toMatchObject([{ blob: "b", pending: false }]);
    expect(model.mark()).not.toBe(before);
  });

  it("a key may change its kind at a step, and hold several kinds", () => {
    const model = new RunModel("r");
    model.apply(delta({ full: true, media: [medium({ step: 1 }), medium({ step: 2 })] }), []);
    model.apply(delta({ rev: 2, media: [medium({ step: 2, kind: "histogram" })] }), []);
    expect([...model.mediaSteps("samples", "image-file")]).toEqual([1]);
    expect([...model.mediaSteps("samples", "histogram")]).toEqual([2]);
    expect(model.mediaKeys.value).toEqual([
      { key: "samples", kind: "histogram" },
      { key: "samples", kind: "image-file" },
    ]);
  });
});

describe("keys and cells", () => {
  it("lists numeric keys in natural order, without bookkeeping", () => {
    const model = new RunModel("r");
    for (const key of ["layer10", "layer2", "_timestamp", "a"]) model.apply(...points(key, 0, first));
    expect(model.numericKeys.value).toEqual(["a", "layer2", "layer10"]);
  });

  it("knows the cell that logged a step, or the step before it", () => {
    const model = new RunModel("r");
    model.apply(
      ...points(
        "_cell",
        0,
        [
          [0, 7],
          [10, 9],
        ],
        { full: true },
      ),
    );
    expect([-1, 0, 5, 10, 99].map((step) => model.cellAt(step))).toEqual([null, 7, 7, 9, 9]);
  });

  it("refuses a delta whose buffers are missing, naming the key", () => {
    const [d] = points("loss", 0, first);
    expect(() => new RunModel("r").apply(d, [])).toThrow('no buffers for "loss"');
  });
});

describe("patterns of keys", () => {
  it("stand for themselves, but for the star", () => {
    const wanted = keyFilter(["val/*", "samples", "*.b[0]*"]);
    const keys = ["val/loss", "val/", "samples", "a.b[0]", "a.b[0].c", "é\n.b[0]"];
    expect(keys.filter(wanted)).toEqual(keys);
    expect(["val", "xval/loss", "samples/2", "a.b0", "axb[0]", "", "Samples"].filter(wanted)).toEqual([]);
  });

  it("of which there are none mean nothing", () => {
    expect(["loss", "*"].filter(keyFilter([]))).toEqual([]);
  });

  it("limit what a run shows; the points of other keys stay as axes", () => {
    const model = new RunModel("r", ["val/*", "samples"]);
    model.apply(...points("val/loss", 0, first, { full: true }));
    model.apply(...points("epoch", 0, first, { rev: 2 }));
    model.apply(
      delta({
        rev: 3,
        media: [medium({ key: "samples" }), medium({ key: "faces" })],
        summary: { "val/loss": 3, samples: { _type: "image-file" }, epoch: 3, _step: 2 },
        config: { lr: 0.1 },
      }),
      [],
    );
    expect(model.numericKeys.value).toEqual(["val/loss"]);
    expect(model.mediaKeys.value).toEqual([{ key: "samples", kind: "image-file" }]);
    expect(Object.keys(model.summary.value)).toEqual(["val/loss", "samples"]);
    expect(model.config.value).toEqual({ lr: 0.1 });
    expect(held(model, "epoch")).toEqual([...first]);
    expect(model.have()?.series).toEqual({ "val/loss": [0, 3], epoch: [0, 3] });
  });
});

describe("a run that went back to an earlier step", () => {
  const after = { full: true, rewound: 1 };

  it("loses the points and media that were taken back, whoever tells it", () => {
    for (const origin of ["k", "s"]) {
      const model = new RunModel("r");
      model.apply(...points("loss", 0, first, { full: true, rev: 7, origin: "k" }));
      model.apply(...points("late", 0, [[2, 5]], { rev: 8, origin: "k" }));
      model.apply(delta({ media: [medium({ step: 0 }), medium({ step: 2 })], rev: 9, origin: "k" }), []);
      const [d, b] = points("loss", 0, first.slice(0, 1), { ...after, rev: 10, origin });
      expect(model.apply({ ...d, media: [medium({ step: 0 })] }, b, origin === "k" ? "kernel" : "http")).toBe(
        "ok",
      );
      expect(held(model, "loss")).toEqual([first[0]]);
      expect(model.numericKeys.value).toEqual(["loss"]);
      expect([...model.mediaSteps("samples", "image-file")]).toEqual([0]);
    }
  });

  it("forgets nothing more when it is told again, and goes on", () => {
    const model = new RunModel("r");
    model.apply(...points("loss", 0, first.slice(0, 1), { ...after, rev: 3, origin: "k" }));
    expect(model.apply(...points("loss", 1, [[1, 9]], { rewound: 1, rev: 4, origin: "k" }))).toBe("ok");
    const [d, b] = points("loss", 0, [first[0], [1, 9]], { ...after, rev: 1, origin: "s" });
    expect(model.apply(d, b, "http")).toBe("ok");
    expect(held(model, "loss")).toEqual([first[0], [1, 9]]);
  });

  it("takes nothing that was sent before, and asks for everything when the news is not all of it", () => {
    const model = new RunModel("r");
    model.apply(...points("loss", 0, first, { full: true, rev: 7, origin: "k" }));
    expect(model.apply(...points("loss", 0, [[0, 1]], { rewound: 1, rev: 9, origin: "k", since: 8 }))).toBe(
      "gap",
    );
    expect(model.have()).toBeNull();
    model.apply(...points("loss", 0, first.slice(0, 1), { ...after, rev: 9, origin: "k" }));
    expect(model.apply(...points("loss", 0, first, { full: true, rev: 7, origin: "k" }))).toBe("ok");
    expect(held(model, "loss")).toEqual([first[0]]);
    expect(model.have()).toEqual({ rev: 9, origin: "k", series: { loss: [0, 1] } });
  });
});
