import { describe, expect, it } from "vitest";
import { Pace } from "./budget";
import {
  ballOf,
  type CloudMeta,
  categoriesIn,
  cloudMeta,
  colorings,
  decimals,
  joined,
  NOWHERE,
  type Part,
  partBytes,
  partOf,
  pick,
  placeOf,
  rowOf,
  segment,
  spread,
} from "./logic";
import { isShown, type Marks, placesOf, scoresOf, tagOf } from "./overlay";

const META: CloudMeta = {
  points: 3,
  columns: ["x", "y", "z", "category"],
  lo: [10, 20, 30],
  scale: [0.001, 0.001, 0.001],
  wide: false,
  rgb: false,
  category: true,
  chunks: [3],
  values: [],
  absent: 0,
};

function part(...places: [number, number, number, number][]): Part {
  return { n: places.length, place: new Uint16Array(places.flat()), rgba: null, values: [] };
}

describe("parts", () => {
  it("are read as cloud_parts.py writes them", () => {
    const meta = cloudMeta({
      format: "npy",
      points: 3,
      columns: ["x", "y", "z", "r", "g", "b"],
      lo: [0, 0, 0],
      scale: [1, 1, 1],
      positions: "u2",
      rgb: true,
      chunks: [3],
      scalars: [{ name: "a", lo: 0, scale: 1 }],
    }) as CloudMeta;
    const bytes = new Uint8Array(partBytes(meta, 0));
    expect(bytes.byteLength).toBe(3 * 8 + 3 * 4 + 8);
    new Uint16Array(bytes.buffer, 0, 12).set([1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0]);
    bytes.set([9, 8, 7, 255], 24 + 4);
    new Uint16Array(bytes.buffer, 36, 3).set([5, 6, 7]);
    const read = partOf(meta, 0, bytes.buffer);
    expect(placeOf(meta, read, 2)).toEqual([7, 8, 9]);
    expect([...(read.rgba as Uint8Array).subarray(4, 8)]).toEqual([9, 8, 7, 255]);
    expect([...(read.values[0] as Uint16Array)]).toEqual([5, 6, 7]);
  });

  it("of meshes and of what is not encoded are none", () => {
    expect(cloudMeta({ format: "glb" })).toBeNull();
    expect(cloudMeta({ format: "npy", points: 3 })).toBeNull();
  });

  it("come in the order of rows_of", () => {
    // From nbtrack.media.cloud_parts: rows_of(10), and rows_of(1_000_000)[[0, 1, 999_999]].
    expect(Array.from({ length: 10 }, (_, i) => rowOf(i, 10))).toEqual(ROWS_10);
    expect([0, 1, 999_999].map((i) => rowOf(i, 1_000_000))).toEqual(ROWS_1M);
  });
});

const ROWS_10 = [4, 0, 7, 6, 9, 3, 5, 8, 1, 2];
const ROWS_1M = [346040, 977747, 31128];

describe("colors", () => {
  it("offer what the clouds have, the richest first", () => {
    expect(colorings([META]).map((option) => option.value)).toEqual(["category", "z", "x", "y"]);
    const more = { ...META, category: false, rgb: true, values: [{ name: "i", lo: 0, scale: 1 }] };
    expect(colorings([more]).map((option) => option.value)).toEqual(["rgb", "z", "x", "y", "=i"]);
  });

  it("range over the middle of the numbers, without points that are nowhere", () => {
    const points = part(
      ...Array.from({ length: 1000 }, (_, i) => [i, 0, 0, 1] as [number, number, number, number]),
    );
    points.place[4 * 500] = 60_000;
    points.place[4 * 501] = 65_535;
    points.place[4 * 501 + 3] = NOWHERE;
    const [lo, hi] = spread(META, points, "x") as [number, number];
    expect(lo).toBeCloseTo(10.01, 2);
    expect(hi).toBeLessThan(11);
    expect(spread(META, part([0, 0, 0, NOWHERE]), "x")).toBeNull();
    expect(joined([0, 1], [-1, 0.5])).toEqual([-1, 1]);
  });

  it("know the categories of a part", () => {
    expect(categoriesIn(part([0, 0, 0, 1], [0, 0, 0, 14], [0, 0, 0, NOWHERE]))).toBe((1 << 1) | (1 << 14));
  });
});

describe("picking", () => {
  // Clip space is the raw numbers, and the depth is 1 + z.
  const matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1];

  it("finds the nearest point within the radius", () => {
    const points = part([0, 0, 9, 1], [0, 0, 3, 2], [5, 0, 0, 3]);
    expect(pick(points, matrix, 0, 0, 0.1, 0.1, 0)).toEqual({ index: 1, depth: 4 });
    expect(pick(points, matrix, 5, 0, 0.1, 0.1, 0)?.index).toBe(2);
    expect(pick(points, matrix, 2, 2, 0.1, 0.1, 0)).toBeNull();
  });

  it("leaves out hidden categories and points that are nowhere", () => {
    const points = part([0, 0, 0, NOWHERE], [0, 0, 3, 2], [0, 0, 9, 1]);
    expect(pick(points, matrix, 0, 0, 0.1, 0.1, 1 << 2)?.index).toBe(2);
  });

  it("says coordinates as exactly as they are known", () => {
    expect([decimals(0.0008), decimals(12), decimals(0)]).toEqual([4, 0, 0]);
  });
});

describe("lines", () => {
  it("are cut off where they pass behind the eye", () => {
    expect(segment([0, 0, 1], [0.5, 0, 1], 200, 100)).toEqual([100, 50, 150, 50]);
    expect(segment([0, 0, -1], [0, 0, -2], 200, 100)).toBeNull();
    const cut = segment([0, 0, 1], [1, 0, -1], 200, 100) as number[];
    expect(cut.every(Number.isFinite)).toBe(true);
    expect(cut[2]).toBeGreaterThan(100);
  });
});

describe("boxes", () => {
  const box = { corners: [], edges: [] };
  const look = { boxes: true, labels: true, minScore: 0.5 };

  it("are hidden below the lowest score, unless they have none", () => {
    expect(isShown({ ...box, score: 0.4 }, look)).toBe(false);
    expect(isShown({ ...box, score: 0.5 }, look)).toBe(true);
    expect(isShown(box, look)).toBe(true);
    expect(isShown(box, { ...look, boxes: false })).toBe(false);
  });

  it("say their label and score", () => {
    expect(tagOf({ ...box, label: "car", score: 0.756 })).toBe("car 0.76");
    expect(tagOf(box)).toBe("");
    expect(scoresOf([box, { ...box, score: 0.3 }, { ...box, score: 0.9 }])).toEqual([0.3, 0.9]);
    expect(scoresOf([box])).toBeNull();
  });
});

describe("the first picture", () => {
  it("looks at where most points are", () => {
    const corner = part(
      ...Array.from(
        { length: 200 },
        (_, i) => [i % 2 ? 1000 : 0, 0, 0, 1] as [number, number, number, number],
      ),
    );
    expect(ballOf(META, corner)).toEqual({ center: [10.5, 20, 30], radius: 0.5 });
    expect(ballOf(META, part([0, 0, 0, NOWHERE]))).toBeNull();
  });

  it("looks at boxes and vectors, too, also where there is no point", () => {
    const corners = [
      [0, 0, 0],
      [4, 0, 2],
    ] as [number, number, number][];
    const marks = {
      boxes: [{ corners, edges: [] }],
      vectors: [{ start: [0, 0, 0], end: [0, 4, 2] }],
    } as Marks;
    const ball = { center: [2, 2, 1], radius: 3 };
    expect(ballOf(META, null, placesOf(marks))).toEqual(ball);
    expect(ballOf(META, part([0, 0, 0, NOWHERE]), placesOf(marks))).toEqual(ball);
    const both = ballOf(META, part([0, 0, 0, 1]), placesOf(marks));
    expect(both?.center).toEqual([5, 10, 15]);
    expect(ballOf(META, null, placesOf(null))).toBeNull();
  });

  it("has as many points as the machine draws in the time", () => {
    const pace = new Pace(1000);
    for (let i = 0; i < 20; i++) pace.took(pace.points(24), pace.points(24) / 500);
    expect(pace.points(24)).toBeCloseTo(12_000, -2);
    for (let i = 0; i < 20; i++) pace.took(pace.points(24), 1e6);
    expect(pace.points(24)).toBe(250);
  });
});
