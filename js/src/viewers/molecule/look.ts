// How atoms look: styles and color schemes as 3Dmol takes them, and what a scheme's colors mean.

import { type Atom, elementOf, hasChain } from "./atoms";

export type Style = "cartoon" | "balls" | "sticks" | "spheres" | "lines";
export type Scheme = "element" | "chain" | "residue" | "structure" | "spectrum" | "b";

export interface Look {
  /** Null: cartoon where there are chains, else balls and sticks. */
  style: Style | null;
  /** Null: chains in a cartoon, else elements. */
  scheme: Scheme | null;
  surface: boolean;
  hydrogens: boolean;
  /** A ground of one's own; null: the page's. */
  ground: "light" | "dark" | null;
}

export const PLAIN: Look = { style: null, scheme: null, surface: false, hydrogens: true, ground: null };

export const GROUNDS = { light: "#ffffff", dark: "#14171a" } as const;

/** Order of hues of the panels' own palette; each reads on both grounds. */
const CHAINS = ["#2f7fd1", "#d9730d", "#12906b", "#b8559c", "#8a7a00", "#7a6ff0", "#cf4a4a", "#1796ab"];
const ELEMENTS: Record<string, string> = {
  C: "#8b939c",
  H: "#c9ced4",
  N: "#3b7adb",
  O: "#d94a45",
  S: "#d0ad20",
  P: "#d9822b",
  F: "#5cb96b",
  Cl: "#3fa86b",
  Br: "#a85c3d",
  I: "#8f57b3",
  Na: "#9a6fd0",
  K: "#8a5fc0",
  Mg: "#5f9e4a",
  Ca: "#4f9f7a",
  Fe: "#c46a30",
  Zn: "#7d80b0",
};
const OTHER = "#c07fae";

/** Residues by what their side chains do. */
const RESIDUES: readonly { label: string; color: string; names: readonly string[] }[] = [
  { label: "hydrophobic", color: "#8a7a00", names: ["ALA", "VAL", "LEU", "ILE", "MET", "MSE", "PRO"] },
  { label: "aromatic", color: "#b8559c", names: ["PHE", "TRP", "TYR"] },
  { label: "polar", color: "#12906b", names: ["SER", "THR", "ASN", "GLN", "CYS", "GLY"] },
  { label: "positive", color: "#2f7fd1", names: ["LYS", "ARG", "HIS"] },
  { label: "negative", color: "#cf4a4a", names: ["ASP", "GLU"] },
  { label: "A", color: "#cf4a4a", names: ["A", "DA"] },
  { label: "C", color: "#2f7fd1", names: ["C", "DC"] },
  { label: "G", color: "#12906b", names: ["G", "DG"] },
  { label: "T, U", color: "#d9730d", names: ["T", "DT", "U"] },
];
const NO_RESIDUE = { label: "other", color: "#8b939c" };
const OF_RESIDUE = new Map(RESIDUES.flatMap((one) => one.names.map((name) => [name, one] as const)));
const STRUCTURES: Record<string, { label: string; color: string }> = {
  h: { label: "helix", color: "#cf4a4a" },
  s: { label: "sheet", color: "#d0a020" },
  c: { label: "coil", color: "#8b939c" },
};
/** From the first residue to the last: blue, green, yellow, red, as it is customary. */
const SPECTRUM = ["#3a4cc0", "#2390c8", "#2fae74", "#b8b22e", "#e08a2a", "#cc3b33"];
/** From low to high: blue, pale, red. */
const HEAT = ["#3a6fd8", "#a9bfe0", "#d9d4cf", "#e5a58a", "#c93a36"];

export type Legend =
  | { kind: "swatches"; entries: { label: string; color: string }[] }
  | { kind: "ramp"; colors: readonly string[]; from: string; to: string };

export interface Paint {
  colorOf: (atom: Atom) => string;
  legend: Legend;
}

/** The scheme for these atoms. */
export function paint(scheme: Scheme, atoms: readonly Atom[]): Paint {
  switch (scheme) {
    case "element":
      return swatches(atoms, (atom) => {
        const label = elementOf(atom);
        return { label, color: ELEMENTS[label] ?? OTHER };
      });
    case "chain": {
      const order = [...new Set(atoms.map((atom) => atom.chain ?? ""))];
      return swatches(atoms, (atom) => {
        const at = order.indexOf(atom.chain ?? "");
        return { label: atom.chain || "no chain", color: CHAINS[at % CHAINS.length] as string };
      });
    }
    case "residue":
      return swatches(atoms, (atom) => OF_RESIDUE.get(atom.resn ?? "") ?? NO_RESIDUE);
    case "structure":
      return swatches(
        atoms,
        (atom) => STRUCTURES[atom.ss ?? "c"] ?? (STRUCTURES.c as { label: string; color: string }),
      );
    case "spectrum": {
      const [first, last] = range(atoms.map((atom) => (atom.resn ? (atom.resi ?? 0) : atom.index)));
      const residues = atoms.some((atom) => atom.resn);
      return {
        colorOf: (atom) =>
          along(SPECTRUM, ((atom.resn ? (atom.resi ?? 0) : atom.index) - first) / (last - first || 1)),
        legend: {
          kind: "ramp",
          colors: SPECTRUM,
          from: residues ? `residue ${first}` : "first atom",
          to: residues ? String(last) : "last",
        },
      };
    }
    case "b": {
      const [low, high] = range(atoms.map((atom) => atom.b ?? 0));
      return {
        colorOf: (atom) => along(HEAT, ((atom.b ?? 0) - low) / (high - low || 1)),
        legend: { kind: "ramp", colors: HEAT, from: `B ${low.toFixed(1)}`, to: high.toFixed(1) },
      };
    }
  }
}

/** Largest number of colors that a legend names. */
const NAMED = 12;

function swatches(atoms: readonly Atom[], of: (atom: Atom) => { label: string; color: string }): Paint {
  const entries = new Map<string, { label: string; color: string }>();
  for (const atom of atoms) {
    const { label, color } = of(atom);
    if (!entries.has(label)) entries.set(label, { label, color });
  }
  const shown = [...entries.values()].slice(0, NAMED);
  if (entries.size > NAMED) shown.push({ label: `${entries.size - NAMED} more`, color: "transparent" });
  return { colorOf: (atom) => of(atom).color, legend: { kind: "swatches", entries: shown } };
}

function range(values: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** A color on a ramp at `share` (0 to 1). */
export function along(ramp: readonly string[], share: number): string {
  const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const low = Math.min(Math.floor(at), ramp.length - 2);
  const channel = (hex: string | undefined, i: number): number =>
    Number.parseInt(hex?.slice(1 + 2 * i, 3 + 2 * i) ?? "0", 16);
  const mixed = [0, 1, 2].map((i) => {
    const from = channel(ramp[low], i);
    return Math.round(from + (channel(ramp[low + 1], i) - from) * (at - low));
  });
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** The style and scheme that are really used. */
export function resolved(look: Look, atoms: readonly Atom[]): { style: Style; scheme: Scheme } {
  const chain = hasChain(atoms);
  const style = look.style === "cartoon" && !chain ? "balls" : (look.style ?? (chain ? "cartoon" : "balls"));
  return { style, scheme: look.scheme ?? (style === "cartoon" ? "chain" : "element") };
}

type Spec = Record<string, unknown>;

/** Styles for 3Dmol's `setStyle`, first to last: which atoms, and how. `bare`: as in `isBareTrace`. */
export function styles(
  style: Style,
  colorOf: (atom: Atom) => string,
  hydrogens: boolean,
  bare = false,
): { select: Spec; style: Spec }[] {
  const color = { colorfunc: colorOf };
  const balls = { stick: { radius: 0.13, ...color }, sphere: { scale: 0.24, ...color } };
  const found: { select: Spec; style: Spec }[] = [];
  switch (style) {
    case "cartoon":
      // What is no chain stands beside it: ligands and ions. Water would hide both.
      found.push({
        select: { hetflag: false },
        style: { cartoon: { ...color, ...(bare ? { style: "trace", thickness: 0.4 } : { arrows: true }) } },
      });
      found.push({ select: { hetflag: true, not: { resn: ["HOH", "WAT", "SOL"] } }, style: balls });
      break;
    case "balls":
      found.push({ select: {}, style: balls });
      break;
    case "sticks":
      found.push({ select: {}, style: { stick: { radius: 0.2, ...color } } });
      // an ion has no bonds to draw
      found.push({ select: { bonds: 0 }, style: { sphere: { scale: 0.35, ...color } } });
      break;
    case "spheres":
      found.push({ select: {}, style: { sphere: color } });
      break;
    case "lines":
      found.push({ select: {}, style: { line: { linewidth: 2, ...color } } });
      found.push({ select: { bonds: 0 }, style: { cross: { linewidth: 2, ...color } } });
      break;
  }
  if (!hydrogens) found.push({ select: { elem: "H" }, style: {} });
  return found;
}

/** 3Dmol's name of a file's format. */
export function parserOf(format: string): string {
  return { mmcif: "cif", mcif: "cif", sd: "sdf", mol: "sdf" }[format] ?? format;
}

/**
 * The atoms of a pqr file in the columns that 3Dmol.js reads: the format itself is words between blanks, of which the
 * chain may be missing.
 */
export function alignedPqr(text: string): string {
  return text.replace(/^(ATOM|HETATM)\b.*$/gm, (line) => {
    const words = line.trim().split(/\s+/);
    if (words.length < 10) return line;
    const chain = words.length > 10 ? words[4]?.charAt(0) : "";
    const [number = "", x, y, z, charge, radius] = words.slice(-6);
    const [record = "", serial = "", name = "", residue = ""] = words;
    const head =
      `${record.padEnd(6)}${serial.padStart(5)} ${name.length < 4 ? ` ${name}`.padEnd(4) : name} ` +
      `${residue.slice(0, 3).padStart(3)} ${(chain ?? "").padStart(1)}${number.padStart(4)}    `;
    return `${head}${x} ${y} ${z} ${charge} ${radius}`;
  });
}

/** Whether a file is bytes, not text. */
export function isBinary(format: string): boolean {
  return format === "mmtf";
}
