import { describe, expect, it } from "vitest";
import json from "../../../../tests/data/molecules/rmsd.json";
import type { Atom } from "./atoms";
import { apply, kabsch, matched, superpose } from "./superpose";

type Point = [number, number, number];

interface Pair {
  name: string;
  elements: string[];
  reference: Point[];
  moving: Point[];
  aligned: Point[];
  rmsd: { all: number; heavy: number };
}

/** Made by rdkit's AlignMol: tests/data/molecules/make.py. */
const PAIRS = json as unknown as Pair[];

function atoms(points: Point[], elements: string[], named?: (at: number) => Partial<Atom>): Atom[] {
  return points.map(([x, y, z], index) => ({
    x,
    y,
    z,
    elem: elements[index] as string,
    index,
    ...named?.(index),
  }));
}

describe("superposition", () => {
  it.each(PAIRS)("gives rdkit's RMSD for $name", ({ elements, reference, moving, rmsd }) => {
    const fixed = atoms(reference, elements);
    for (const which of ["all", "heavy"] as const) {
      const fit = superpose(atoms(moving, elements), fixed, which);
      expect(fit?.rmsd).toBeCloseTo(rmsd[which], 4);
      expect(fit?.pairing).toBe(which);
    }
  });

  it.each(PAIRS)("moves the atoms of $name where rdkit moves them", ({ reference, moving, aligned }) => {
    const fit = kabsch(moving, reference);
    moving.forEach((point, at) => {
      apply(fit, point).forEach((value, axis) => {
        expect(value).toBeCloseTo((aligned[at] as Point)[axis] as number, 3);
      });
    });
  });

  it("turns, and never mirrors", () => {
    const right: Point[] = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
      [0, 0, 3],
    ];
    const left = right.map(([x, y, z]) => [x, y, -z] as Point);
    const fit = kabsch(right, left);
    const [a, b, c, d, e, f, g, h, i] = fit.turn as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    expect(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)).toBeCloseTo(1, 9);
    expect(fit.rmsd).toBeGreaterThan(0.5);
  });

  it("brings a turned copy back exactly, points on a line too", () => {
    const line: Point[] = [
      [0, 0, 0],
      [1, 0, 0],
      [3, 0, 0],
    ];
    expect(
      kabsch(
        line,
        line.map(([x]) => [5, x, 2] as Point),
      ).rmsd,
    ).toBeCloseTo(0, 6);
  });

  it("pairs atoms by their names in residues, whatever their order", () => {
    const points: Point[] = [
      [0, 0, 0],
      [1, 1, 0],
      [2, 0, 1],
    ];
    const name = (at: number): Partial<Atom> => ({ resn: "GLY", resi: at, chain: "A", atom: "CA" });
    const one = atoms(points, ["C", "C", "C"], name);
    const other = atoms([...points].reverse(), ["C", "C", "C"], (at) => name(2 - at)).slice(0, 2);
    expect(matched(one, other).map(([a, b]) => [a.resi, b.resi])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it("pairs nothing where neither names nor elements agree", () => {
    const points: Point[] = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
    ];
    expect(superpose(atoms(points, ["C", "C", "O"]), atoms(points, ["C", "O", "C"]), null)).toBeNull();
  });
});
