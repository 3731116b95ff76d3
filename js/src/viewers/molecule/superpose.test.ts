import { describe, expect, it } from "vitest";
import json from "../../../../tests/data/molecules/rmsd.json";
import type { Atom } from "./atoms";
import { apply, kabsch, type Misfit, matched, type Superposed, superpose } from "./superpose";

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
      const fit = superpose(atoms(moving, elements), fixed, which) as Superposed;
      expect(fit.rmsd).toBeCloseTo(rmsd[which], 4);
      expect(fit.pairing).toBe(which);
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
    expect((matched(one, other) as [Atom, Atom][]).map(([a, b]) => [a.resi, b.resi])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it("says why molecules do not belong together", () => {
    const points: Point[] = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
    ];
    const why = (one: Atom[], other: Atom[]): string => (superpose(one, other, null) as Misfit).reason;
    const carbons = atoms(points, ["C", "C", "C"]);
    expect(why(atoms(points, ["C", "C", "O"]), atoms(points, ["C", "O", "C"]))).toMatch(
      /^atom 2 is C here and O there/,
    );
    expect(why(carbons, carbons.slice(0, 2))).toMatch(/^3 atoms here and 2 there/);
    expect(why(atoms(points, ["C", "H", "H"]), atoms(points, ["C", "H", "H"]))).toBe(
      "1 atom other than hydrogen of the same name in both, and three are needed",
    );
    const residue = (at: number): Partial<Atom> => ({ resn: "GLY", resi: at, chain: "A", atom: "CA" });
    const other = (at: number): Partial<Atom> => ({ ...residue(at), chain: "B" });
    expect(why(atoms(points, ["C", "C", "C"], residue), atoms(points, ["C", "C", "C"], other))).toMatch(
      /^0 atoms other than hydrogen/,
    );
  });
});
