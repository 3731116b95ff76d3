// What opens below a button and lies over the page: menus, lists of columns, the builder of filters. It is in the
// browser's top layer, since a table's window, or a cell's output, would cut it off.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Closest to the edges of the page, in pixels. */
const EDGE = 8;

export interface PopoverProps {
  /** Said of the button. */
  label: string;
  /** What stands on the button. */
  icon: ComponentChildren;
  /** Of the button. */
  class?: string;
  /** Of what opens. */
  kind?: "menu" | "dialog";
  /** Of the box that opens. */
  boxClass?: string;
  tabIndex?: number;
  title?: string;
  children: (close: () => void) => ComponentChildren;
}

export function Popover(props: PopoverProps): JSX.Element {
  const { label, icon, kind = "menu" } = props;
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    button.current?.focus({ preventScroll: true });
  };

  useEffect(() => {
    if (!open) return undefined;
    const page = button.current?.ownerDocument ?? document;
    const outside = (event: Event): void => {
      const path = event.composedPath();
      const inside = path.some((one) => one === button.current || one === box.current);
      // what was clicked may be gone already, as the item of a list that was drawn anew
      if (!inside && (event.target as Node).isConnected) setOpen(false);
    };
    const scrolled = (event: Event): void => {
      if (!event.composedPath().includes(box.current as EventTarget)) place();
    };
    page.addEventListener("pointerdown", outside, true);
    page.addEventListener("scroll", scrolled, true);
    return () => {
      page.removeEventListener("pointerdown", outside, true);
      page.removeEventListener("scroll", scrolled, true);
    };
  }, [open]);

  const place = (): void => {
    const menu = box.current;
    const anchor = button.current?.getBoundingClientRect();
    if (!menu || !anchor) return;
    const { clientWidth, clientHeight } = document.documentElement;
    menu.style.maxHeight = "";
    const { width, height } = menu.getBoundingClientRect();
    const below = clientHeight - anchor.bottom - EDGE;
    const above = anchor.top - EDGE;
    const isBelow = height <= below || below >= above;
    const room = Math.max(120, isBelow ? below : above);
    menu.style.maxHeight = `${room}px`;
    menu.style.left = `${Math.max(EDGE, Math.min(anchor.left, clientWidth - width - EDGE))}px`;
    menu.style.top = `${isBelow ? anchor.bottom + 2 : Math.max(EDGE, anchor.top - 2 - Math.min(height, room))}px`;
  };

  useLayoutEffect(() => {
    const menu = box.current;
    if (!open || !menu) return undefined;
    menu.showPopover?.();
    place();
    const first =
      menu.querySelector<HTMLElement>("[data-first]") ?? menu.querySelector<HTMLElement>(FOCUSABLE);
    first?.focus({ preventScroll: true });
    const observer = new ResizeObserver(place);
    observer.observe(menu);
    return () => observer.disconnect();
  }, [open]);

  const press = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (kind === "menu") {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const items = [...(box.current?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])];
      const at = items.indexOf(event.target as HTMLElement);
      if (!by || at < 0) return;
      event.preventDefault();
      items[(at + by + items.length) % items.length]?.focus();
    }
  };

  return (
    <span class="nb-popover nb-own-keys">
      <button
        ref={button}
        type="button"
        class={props.class ?? "nb-button"}
        aria-label={label}
        aria-haspopup={kind}
        aria-expanded={open}
        title={props.title ?? label}
        tabIndex={props.tabIndex}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(!open);
        }}
      >
        {icon}
      </button>
      {open && (
        // biome-ignore lint/a11y/noStaticElementInteractions: it has a role, of two
        // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles have names
        <div
          ref={box}
          popover="manual"
          role={kind}
          aria-label={label}
          class={`nb-popover-box ${props.boxClass ?? ""}`}
          onKeyDown={press}
          onClick={(event) => event.stopPropagation()}
          onDblClick={(event) => event.stopPropagation()}
          onPointerDown={(event) => event.stopPropagation()}
        >
          {props.children(close)}
        </div>
      )}
    </span>
  );
}

const FOCUSABLE = "button:not(:disabled), input:not(:disabled), select, textarea, a[href]";

/** A line of a menu. */
export function Item(props: {
  children: ComponentChildren;
  onClick: (event: MouseEvent) => void;
  disabled?: boolean;
  danger?: boolean;
  hint?: string;
}): JSX.Element {
  return (
    <button
      type="button"
      role="menuitem"
      class={`nb-item${props.danger ? " nb-danger" : ""}`}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <span>{props.children}</span>
      {props.hint && <kbd class="nb-item-hint">{props.hint}</kbd>}
    </button>
  );
}
