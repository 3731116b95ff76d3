// How the panel around a chart looks, read from the page: a canvas knows no variables of CSS.

import { PALETTE } from "../../core/palette";
import type { Look } from "./logic";

export function lookOf(el: HTMLElement): Look {
  const style = getComputedStyle(el);
  const probe = (name: string): string => {
    el.style.color = `var(${name})`;
    const found = getComputedStyle(el).color;
    el.style.color = "";
    return found;
  };
  const [ink, quiet, line] = ["--nb-ink", "--nb-quiet", "--nb-line"].map(probe) as [string, string, string];
  return { ink, quiet, line, font: style.fontFamily, palette: PALETTE };
}
