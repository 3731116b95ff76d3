// A small menu below a button. It lies over the page (`fixed`), since a table's window would cut it off.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export function Menu(props: {
  label: string;
  icon: ComponentChildren;
  /** Without a frame, and seen only where the pointer is. */
  quiet?: boolean;
  children: (close: () => void) => ComponentChildren;
}): JSX.Element {
  const { label, icon, quiet } = props;
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLSpanElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    place.current?.querySelector("button")?.focus({ preventScroll: true });
  };

  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event): void => {
      if (!place.current || !event.composedPath().includes(place.current)) setOpen(false);
    };
    const page = place.current?.ownerDocument ?? document;
    page.addEventListener("pointerdown", outside, true);
    page.addEventListener("wheel", outside, true);
    return () => {
      page.removeEventListener("pointerdown", outside, true);
      page.removeEventListener("wheel", outside, true);
    };
  }, [open]);

  // Hosts put panels into boxes with a transform, where `fixed` counts from the box: so it is measured.
  useLayoutEffect(() => {
    const menu = list.current;
    const button = place.current?.getBoundingClientRect();
    if (!open || !menu || !button) return;
    menu.style.left = "0px";
    menu.style.top = "0px";
    const now = menu.getBoundingClientRect();
    const panel = place.current?.closest(".nbtrack")?.getBoundingClientRect();
    const end = Math.min(document.documentElement.clientWidth, panel?.right ?? Number.POSITIVE_INFINITY);
    const room = end - now.width - 8;
    menu.style.left = `${Math.max(8, Math.min(button.left, room)) - now.left}px`;
    menu.style.top = `${button.bottom + 2 - now.top}px`;
    menu.querySelector<HTMLElement>("button, input")?.focus({ preventScroll: true });
  }, [open]);

  return (
    <span ref={place} class={`nb-menu nb-own-keys${quiet ? " nb-menu-quiet" : ""}`}>
      <button
        type="button"
        class={quiet ? "nb-menu-dots" : "nb-button"}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {icon}
      </button>
      {open && (
        // biome-ignore lint/a11y/noStaticElementInteractions: Escape and arrows, for what is inside
        <div
          ref={list}
          class="nb-menu-list"
          onKeyDown={(event) => {
            const items = [...event.currentTarget.querySelectorAll<HTMLElement>("button, input")];
            const at = items.indexOf(event.target as HTMLElement);
            const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (event.key === "Escape") close();
            else if (by && at >= 0) items[(at + by + items.length) % items.length]?.focus();
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        >
          {props.children(close)}
        </div>
      )}
    </span>
  );
}
