// The static copy of a panel that stays readable without a kernel. While the live panel is on the page, its copy
// would only repeat it: it is hidden, and shown again when the last view goes.

const views = new Map<string, number>();

/** Hide every `[data-nbtrack-static=panelId]` on the page, now and later, until `signal` aborts. */
export function hideStatic(panelId: string, el: HTMLElement, signal: AbortSignal): void {
  if (signal.aborted) return;
  const page = el.ownerDocument;
  const copies = (): HTMLElement[] =>
    [...page.querySelectorAll<HTMLElement>("[data-nbtrack-static]")].filter(
      (copy) => copy.dataset.nbtrackStatic === panelId,
    );
  const hide = (): void => {
    for (const copy of copies()) conceal(copy, true);
  };
  hide();
  views.set(panelId, (views.get(panelId) ?? 0) + 1);
  // The copy is a later output of the same cell, so that watching the cell is enough where there is one.
  const place = el.closest(".jp-Cell, .cell, .cell-output") ?? page.body;
  const watcher = new MutationObserver(hide);
  watcher.observe(place, { childList: true, subtree: true });
  signal.addEventListener(
    "abort",
    () => {
      watcher.disconnect();
      const left = (views.get(panelId) ?? 1) - 1;
      if (left > 0) views.set(panelId, left);
      else {
        views.delete(panelId);
        for (const copy of copies()) conceal(copy, false);
      }
    },
    { once: true },
  );
}

/** JupyterLab wraps each output in a row of its own, with a prompt and padding: that goes too. */
function conceal(copy: HTMLElement, hidden: boolean): void {
  const row = copy.closest<HTMLElement>(".jp-OutputArea-child");
  for (const node of row ? [copy, row] : [copy]) {
    if (hidden) node.style.setProperty("display", "none", "important");
    else node.style.removeProperty("display");
  }
}
