// Classes of masks and boxes: their colors and names. nbtrack/media/labels.py has the same rules for the stills.

/** Of the first classes: far from each other in hue or lightness, and legible on photographs. */
const COLORS = [
  0xe6194b, 0x3cb44b, 0x4363d8, 0xf58231, 0x911eb4, 0x42d4f4, 0xf032e6, 0xbfef45, 0xfabed4, 0x469990,
  0xdcbeff, 0x9a6324, 0xfffac8, 0x800000, 0xaaffc3, 0x808000, 0xffd8b1, 0x2f4fa8, 0xa9a9a9, 0xffe119,
];
const GOLDEN = 0.618033988749895;
const LIGHTNESS = [0.42, 0.56, 0.7];
const SATURATION = 0.75;
const NOTHING = new Set(["background", "bg", "none", "void", "unlabeled", "unlabelled", "ignore"]);

export type Rgb = readonly [number, number, number];
export type Labels = { readonly [id: string]: string };

/** The color of a class: the same in all pictures, runs, pages and stills, since it depends on nothing but the id. */
export function colorOf(id: number): Rgb {
  const listed = COLORS[id];
  if (listed !== undefined) return [listed >> 16, (listed >> 8) & 255, listed & 255];
  const hue = modulo(id * GOLDEN, 1);
  const lightness = LIGHTNESS[modulo(id, 3)] as number;
  const spread = SATURATION * (lightness <= 0.5 ? lightness : 1 - lightness);
  const channel = (turn: number): number => {
    const at = modulo(turn, 1) * 6;
    const share = at < 1 ? at : at < 3 ? 1 : at < 4 ? 4 - at : 0;
    return Math.floor((lightness - spread + 2 * spread * share) * 255 + 0.5);
  };
  return [channel(hue + 1 / 3), channel(hue), channel(hue - 1 / 3)];
}

export function cssColor(id: number): string {
  return `rgb(${colorOf(id).join(" ")})`;
}

export function labelOf(labels: Labels, id: number): string {
  return labels[id] ?? `class_${id}`;
}

/** A class as it is switched on and off: the same id under another name is another class. */
export function classKey(id: number, label: string): string {
  return `${id} ${label}`;
}

/** Whether a mask's class stands for the absence of one: it is not painted until it is asked for. */
export function isNothing(id: number, label: string | undefined): boolean {
  return id === 0 && (label === undefined || NOTHING.has(label.trim().toLowerCase()));
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
