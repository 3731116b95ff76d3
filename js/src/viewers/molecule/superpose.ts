// Laying one molecule on another: which atoms belong together, and the rotation that brings them closest.

import type { Atom } from "./atoms";
import { BACKBONE, isProteinTrace } from "./atoms";

export type Pairing = "trace" | "heavy" | "all";

/** A rotation (rows of a 3 × 3 matrix) after which `shift` is added. */
export interface Rigid {
  turn: readonly number[];
  shift: readonly [number, number, number];
}

export interface Superposed extends Rigid {
  /** Root mean square distance of the paired atoms in Å, after the move. */
  rmsd: number;
  /** How many atoms were paired, and which. */
  pairs: number;
  pairing: Pairing;
}

type Point = readonly [number, number, number];

/** Why two molecules cannot be laid on each other. */
export interface Misfit {
  reason: string;
}

/**
 * Atoms that stand for each other: by chain, residue and name where these tell atoms apart, else by their order, where
 * both molecules have the same elements in it.
 */
export function matched(moving: readonly Atom[], fixed: readonly Atom[]): [Atom, Atom][] | Misfit {
  const known = named(fixed);
  const names = known && named(moving);
  if (names) {
    const pairs: [Atom, Atom][] = [];
    for (const [name, atom] of names) {
      const other = known.get(name);
      if (other) pairs.push([atom, other]);
    }
    return pairs;
  }
  if (moving.length !== fixed.length)
    return {
      reason: `${count(moving.length)} here and ${fixed.length.toLocaleString("en")} there, without residues that tell which belong together`,
    };
  const other = moving.findIndex((atom, at) => atom.elem !== fixed[at]?.elem);
  if (other >= 0)
    return {
      reason: `atom ${other + 1} is ${moving[other]?.elem} here and ${fixed[other]?.elem} there, without residues that tell which belong together`,
    };
  return moving.map((atom, at) => [atom, fixed[at] as Atom]);
}

function count(atoms: number): string {
  return `${atoms.toLocaleString("en")} ${atoms === 1 ? "atom" : "atoms"}`;
}

function named(atoms: readonly Atom[]): Map<string, Atom> | null {
  const found = new Map<string, Atom>();
  for (const atom of atoms) {
    if (!atom.resn) return null;
    found.set(`${atom.chain ?? ""}/${atom.resi ?? ""}/${atom.atom ?? ""}`, atom);
  }
  // Solvents and ligands often give one name to many atoms.
  return found.size === atoms.length ? found : null;
}

/** Superpose `moving` on `fixed`, over three pairs of atoms at least. */
export function superpose(
  moving: readonly Atom[],
  fixed: readonly Atom[],
  pairing: Pairing | null,
): Superposed | Misfit {
  const pairs = matched(moving, fixed);
  if ("reason" in pairs) return pairs;
  const trace = pairs.filter(
    ([atom]) => isProteinTrace(atom) || (atom.atom === BACKBONE.nucleic && atom.resn),
  );
  const wanted = pairing ?? (trace.length >= 4 ? "trace" : "heavy");
  const used =
    wanted === "trace" ? trace : wanted === "heavy" ? pairs.filter(([atom]) => atom.elem !== "H") : pairs;
  if (used.length < 3) {
    const kind = wanted === "trace" ? " of the backbone" : wanted === "heavy" ? " other than hydrogen" : "";
    return { reason: `${count(used.length)}${kind} of the same name in both, and three are needed` };
  }
  const fit = kabsch(
    used.map(([atom]) => [atom.x, atom.y, atom.z]),
    used.map(([, atom]) => [atom.x, atom.y, atom.z]),
  );
  return { ...fit, pairs: used.length, pairing: wanted };
}

/**
 * The rigid motion that brings `moving` closest to `fixed` in the sense of least squares.
 *
 * Horn's form of Kabsch's problem (J. Opt. Soc. Am. A 4, 629, 1987): the best rotation is the eigenvector with the
 * largest eigenvalue of a symmetric 4 × 4 matrix, as a quaternion. So it is a rotation always, never a reflection.
 */
export function kabsch(moving: readonly Point[], fixed: readonly Point[]): Rigid & { rmsd: number } {
  const n = moving.length;
  const from = mean(moving);
  const to = mean(fixed);
  const s = new Float64Array(9);
  let squares = 0;
  for (let at = 0; at < n; at++) {
    const a = minus(moving[at] as Point, from);
    const b = minus(fixed[at] as Point, to);
    for (let i = 0; i < 3; i++) {
      squares += (a[i] as number) ** 2 + (b[i] as number) ** 2;
      for (let j = 0; j < 3; j++)
        s[3 * i + j] = (s[3 * i + j] as number) + (a[i] as number) * (b[j] as number);
    }
  }
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = s as unknown as number[] as [
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
  const { value, vector } = largest([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ]);
  const turn = matrix(vector);
  const turned = apply({ turn, shift: [0, 0, 0] }, from);
  return { turn, shift: minus(to, turned), rmsd: Math.sqrt(Math.max(0, squares - 2 * value) / n) };
}

/** Where a rigid motion brings a point. */
export function apply(rigid: Rigid, point: Point): [number, number, number] {
  const [x, y, z] = point;
  const t = rigid.turn as number[];
  const row = (i: number): number =>
    (t[i] as number) * x + (t[i + 1] as number) * y + (t[i + 2] as number) * z;
  return [row(0) + rigid.shift[0], row(3) + rigid.shift[1], row(6) + rigid.shift[2]];
}

function mean(points: readonly Point[]): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  for (const point of points)
    for (let i = 0; i < 3; i++) (sum[i] as number) += (point[i] as number) / points.length;
  return sum;
}

function minus(a: Point, b: Point): [number, number, number] {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** Rotation matrix of a unit quaternion (w, x, y, z). */
function matrix(q: readonly number[]): number[] {
  const [w, x, y, z] = q as [number, number, number, number];
  return [
    w * w + x * x - y * y - z * z,
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    w * w - x * x + y * y - z * z,
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    w * w - x * x - y * y + z * z,
  ];
}

/** The largest eigenvalue of a symmetric matrix and its vector, by Jacobi's rotations. */
function largest(symmetric: number[][]): { value: number; vector: number[] } {
  const size = symmetric.length;
  const a = symmetric.map((row) => [...row]);
  const v = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  const get = (m: number[][], i: number, j: number): number => (m[i] as number[])[j] as number;
  const set = (m: number[][], i: number, j: number, value: number): void => {
    (m[i] as number[])[j] = value;
  };
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) off += get(a, i, j) ** 2;
    if (off < 1e-24) break;
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        if (get(a, p, q) === 0) continue;
        const theta = (get(a, q, q) - get(a, p, p)) / (2 * get(a, p, q));
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < size; k++) {
          const [kp, kq] = [get(a, k, p), get(a, k, q)];
          set(a, k, p, c * kp - s * kq);
          set(a, k, q, s * kp + c * kq);
        }
        for (let k = 0; k < size; k++) {
          const [pk, qk] = [get(a, p, k), get(a, q, k)];
          set(a, p, k, c * pk - s * qk);
          set(a, q, k, s * pk + c * qk);
          const [vp, vq] = [get(v, k, p), get(v, k, q)];
          set(v, k, p, c * vp - s * vq);
          set(v, k, q, s * vp + c * vq);
        }
      }
  }
  let best = 0;
  for (let i = 1; i < size; i++) if (get(a, i, i) > get(a, best, best)) best = i;
  return { value: get(a, best, best), vector: v.map((row) => row[best] as number) };
}
