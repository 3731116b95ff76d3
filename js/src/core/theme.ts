// What canvas needs to know of the host's theme: it cannot read CSS variables by itself.

import { type ReadonlySignal, signal } from "@preact/signals";

const changes = signal(0);
let watching = false;

/** Grows when the host's theme may have changed; read it where colors are taken from the page. */
export function themeVersion(): ReadonlySignal<number> {
  if (!watching && typeof MutationObserver !== "undefined") {
    watching = true;
    // One for the page and for its life: themes are switched by attributes of the root or the body.
    const watcher = new MutationObserver(() => requestAnimationFrame(() => changes.value++));
    const filter = [
      "class",
      "data-jp-theme-light",
      "data-jp-theme-name",
      "data-theme",
      "data-vscode-theme-kind",
    ];
    for (const node of [document.documentElement, document.body]) {
      if (node) watcher.observe(node, { attributes: true, attributeFilter: filter });
    }
    globalThis
      .matchMedia?.("(prefers-color-scheme: dark)")
      .addEventListener?.("change", () => changes.value++);
  }
  return changes;
}
