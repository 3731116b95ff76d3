// The module that anywidget loads. One for both widgets of a panel: the panel itself, and the ask model, which has
// no view.

import type { AnyModel, AnyWidget } from "@anywidget/types";
import { signal } from "@preact/signals";
import { createElement, render as mount } from "preact";
import "../panels";
import "../viewers";
import { Cursor } from "./cursor";
import { ErrorLine } from "./panel";
import { panelOf } from "./registry";
import { Session } from "./session";
import { hideStatic } from "./statics";
import "./theme.css";
import type { Hello } from "./wire";

interface Traits {
  data_hello?: Hello;
  data_role?: string;
}

interface Live {
  session: Session;
  cursor: Cursor;
}

/** By panel: several views of one panel share its data and its cursor. */
const panels = new Map<string, Live>();

function helloOf(model: AnyModel<Traits>): Hello | null {
  const hello = model.get("data_hello");
  return hello && typeof hello === "object" && Array.isArray(hello.runs) ? hello : null;
}

function open(model: AnyModel<Traits>, hello: Hello, signal: AbortSignal | undefined): Live {
  const known = panels.get(hello.panelId);
  if (known) return known;
  const session = new Session(model, hello, signal);
  const live: Live = { session, cursor: new Cursor(() => session.runs, hello.align) };
  panels.set(hello.panelId, live);
  signal?.addEventListener("abort", () => {
    live.cursor.dispose();
    panels.delete(hello.panelId);
  });
  return live;
}

const widget: AnyWidget<Traits> = {
  initialize({ model, signal }) {
    // What the kernel pushes before any view is there would be lost without this.
    const hello = helloOf(model);
    if (hello) open(model, hello, signal as AbortSignal | undefined);
  },

  render({ model, el, signal: given }) {
    if (model.get("data_role") === "ask") return undefined;
    // Older hosts give no signal but call what `render` returns.
    const own = new AbortController();
    const gone = (given as AbortSignal | undefined) ?? own.signal;
    const root = document.createElement("div");
    root.className = "nbtrack";
    root.dataset.lmSuppressShortcuts = "true";
    el.append(root);

    const hello = helloOf(model);
    const Panel = hello ? panelOf(hello.panel) : undefined;
    if (!hello || !Panel) {
      const text = hello
        ? `This version of nbtrack's front end has no "${hello.panel}" panel. Reload the page after updating nbtrack.`
        : "The kernel that made this panel is gone. Run the cell again to see it.";
      mount(createElement(ErrorLine, { text }), root);
      return undefined;
    }

    // The model's own signal ended the session if the module was swapped; a view outlives it only to be replaced.
    const { session, cursor } = open(model, hello, undefined);
    const visible = signal(true);
    const watcher = new IntersectionObserver((entries) => {
      visible.value = entries.some((entry) => entry.isIntersecting);
    });
    watcher.observe(root);
    const detach = session.attach(visible);
    hideStatic(hello.panelId, el, gone);
    mount(createElement(Panel, { session, cursor, signal: gone }), root);

    const dispose = (): void => {
      watcher.disconnect();
      detach();
      mount(null, root);
      root.remove();
    };
    gone.addEventListener("abort", dispose, { once: true });
    return given ? undefined : () => own.abort();
  },
};

export default widget;
