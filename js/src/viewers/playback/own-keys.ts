// Lets a viewer's keys reach it in JupyterLab, whose own (x cuts the cell, k goes to the one above, 0 restarts) would
// come first: they pass over a focused element with this attribute (Lumino's `CommandRegistry`).

import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

const PASSED_OVER = "data-lm-suppress-shortcuts";

/** For a focusable element: it, or what in it has the focus, hears its keys before the host does. */
export function useOwnKeys(root: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = root.current;
    if (!element) return undefined;
    const focused = (event: FocusEvent): void => (event.target as Element).setAttribute(PASSED_OVER, "true");
    element.addEventListener("focusin", focused);
    return () => element.removeEventListener("focusin", focused);
  }, []);
}
