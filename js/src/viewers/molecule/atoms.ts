// What is known of a molecule's atoms, how they are called, and where a camera stands to see them all.

/** An atom as 3Dmol's readers give it. */
export interface Atom {
  x: number;
  y: number;
  z: number;
  elem: string;
  /** Its name in the residue, as "CA". */
  atom?: string;
  /** Name, number and chain of the residue; absent outside of any. */
  resn?: string;
  resi?: number;
  chain?: string;
  /** B-factor, or what stands in its place (predicted structures: confidence). */
  b?: number;
  /** "h" helix, "s" sheet, "c" or absent: neither. */
  ss?: string;
  /** Of no polymer: ligands, ions, water. */
  hetflag?: boolean;
  index: number;
  model?: number;
}

/** Names of the atoms that trace a chain. */
export const BACKBONE = { protein: "CA", nucleic: "P" } as const;

export function isProteinTrace(atom: Atom): boolean {
  return atom.atom === BACKBONE.protein && atom.elem.toUpperCase() === "C" && Boolean(atom.resn);
}

/** Whether there is a chain that a cartoon can be drawn of. */
export function hasChain(atoms: readonly Atom[]): boolean {
  let traced = 0;
  for (const atom of atoms)
    if (
      !atom.hetflag &&
      (isProteinTrace(atom) || (atom.atom === BACKBONE.nucleic && atom.resn)) &&
      ++traced >= 4
    )
      return true;
  return false;
}

/** Whether of the chains only the trace is known: without their oxygens there is nothing that a ribbon could follow. */
export function isBareTrace(atoms: readonly Atom[]): boolean {
  return !atoms.some((atom) => !atom.hetflag && atom.resn && atom.elem.toUpperCase() === "O");
}

/** "ALA 12 A · CA", or "C7" outside of residues. */
export function nameOf(atom: Atom): string {
  const residue = atom.resn
    ? [atom.resn, atom.resi, atom.chain].filter((part) => part !== undefined && part !== "").join(" ")
    : "";
  const own =
    atom.atom && (atom.resn || atom.atom !== atom.elem) ? atom.atom : `${atom.elem}${atom.index + 1}`;
  return residue ? `${residue} · ${own}` : own;
}

/** What is said of an atom under the pointer. */
export function factsOf(atom: Atom): string {
  const facts = [nameOf(atom)];
  if (atom.elem !== atom.atom) facts.push(elementOf(atom));
  if (atom.b !== undefined && atom.b !== 0) facts.push(`B ${atom.b.toFixed(1)}`);
  facts.push(`(${[atom.x, atom.y, atom.z].map((value) => value.toFixed(2)).join(", ")})`);
  return facts.join(" · ");
}

/** Symbols as they are written: files have CA and ca for Ca. */
export function elementOf(atom: Atom): string {
  return atom.elem.charAt(0).toUpperCase() + atom.elem.slice(1).toLowerCase();
}

export function distance(a: Atom, b: Atom): number {
  return Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
}

/** An atom that was clicked, in a way that finds it again in another step or run. */
export interface AtomId {
  index: number;
  name: string;
}

export function idOf(atom: Atom): AtomId {
  return { index: atom.index, name: nameOf(atom) };
}

/** The atom of that name; undefined when there is none here. */
export function find(atoms: readonly Atom[], id: AtomId): Atom | undefined {
  const there = atoms[id.index];
  return there && nameOf(there) === id.name ? there : atoms.find((atom) => nameOf(atom) === id.name);
}

/** Where a camera stands to see a molecule whole. */
export interface Home {
  center: readonly [number, number, number];
  /** From the center to the farthest atom, in Å. */
  radius: number;
  /** How many atoms it was found for. */
  atoms: number;
}

export function homeOf(atoms: readonly Atom[]): Home {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const atom of atoms)
    for (const [axis, value] of [atom.x, atom.y, atom.z].entries()) {
      low[axis] = Math.min(low[axis] as number, value);
      high[axis] = Math.max(high[axis] as number, value);
    }
  const center = low.map((value, axis) => (value + (high[axis] as number)) / 2) as [number, number, number];
  let radius = 0;
  for (const atom of atoms)
    radius = Math.max(radius, Math.hypot(atom.x - center[0], atom.y - center[1], atom.z - center[2]));
  return { center, radius, atoms: atoms.length };
}

/** A view of a molecule in terms that mean the same for a larger one elsewhere. */
export interface View {
  /** Å that the center is moved by, in the molecule's axes. */
  shift: readonly [number, number, number];
  /** Distance of the camera over the distance from which the molecule just fits. */
  zoom: number;
  /** Quaternion x, y, z, w. */
  turn: readonly [number, number, number, number];
}

export const FRONT: View = { shift: [0, 0, 0], zoom: 1, turn: [0, 0, 0, 1] };

/** 3Dmol's camera: its place on the z axis, and half of what it sees, in degrees. */
const CAMERA_Z = 150;
const HALF_ANGLE = 10;

/** Distance from which a molecule fills the view, with room for the atoms' own size. */
function reach(home: Home): number {
  return (0.88 * Math.max(home.radius, 2) + 1.2) / Math.tan((HALF_ANGLE * Math.PI) / 180);
}

/** The view as 3Dmol's `setView` takes it: position, distance, quaternion. */
export function toCamera(view: View, home: Home): number[] {
  const [x, y, z] = home.center;
  const [dx, dy, dz] = view.shift;
  return [dx - x, dy - y, dz - z, CAMERA_Z - view.zoom * reach(home), ...view.turn];
}

/** The view of what 3Dmol's `getView` returns. */
export function fromCamera(camera: readonly number[], home: Home): View {
  const [x, y, z, far, ...turn] = camera as [number, number, number, number, ...number[]];
  const [cx, cy, cz] = home.center;
  return {
    shift: [x + cx, y + cy, z + cz],
    zoom: (CAMERA_Z - far) / reach(home),
    turn: turn.slice(0, 4) as unknown as View["turn"],
  };
}

/** The view after a turn by degrees about the screen's axis x or y. */
export function turned(view: View, axis: "x" | "y", degrees: number): View {
  const half = (degrees * Math.PI) / 360;
  const [ax, ay] = axis === "x" ? [Math.sin(half), 0] : [0, Math.sin(half)];
  const aw = Math.cos(half);
  const [x, y, z, w] = view.turn;
  const turn: [number, number, number, number] = [
    aw * x + ax * w + ay * z,
    aw * y - ax * z + ay * w,
    aw * z + ax * y - ay * x,
    aw * w - ax * x - ay * y,
  ];
  const length = Math.hypot(...turn);
  return { ...view, turn: turn.map((value) => value / length) as unknown as View["turn"] };
}
