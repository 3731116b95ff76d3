// Whether the page is dark, for what is painted on a canvas.

import { useEffect, useState } from "preact/hooks";
import { themeVersion } from "../core/theme";

/** Text is light on a dark theme, in every host. */
export function isDark(color: string): boolean {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 127;
}

/** Whether the theme around `element` is dark, kept up to date. */
export function useDark(element: { readonly current: Element | null }): boolean {
  const [dark, setDark] = useState(false);
  const version = themeVersion().value;
  useEffect(() => {
    if (element.current) setDark(isDark(getComputedStyle(element.current).color));
  }, [version]);
  return dark;
}
