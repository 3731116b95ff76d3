// What a pointer does to a plot with an axis of time: click, select, zoom with the wheel or two fingers, move along.

import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { panned, type Span, selected, zoomed } from "./span";

export interface Plot {
  /** What the plot shows. */
  span: Span;
  /** Seconds that there are, and the shortest stretch that can be looked at. */
  length: number;
  least: number;
  onSpan: (span: Span | null) => void;
  onClick: (time: number) => void;
}

/** CSS pixels that a pointer may move in a click. */
const STILL = 4;
/** Pixels of a wheel that double what is seen. */
const WHEEL = 240;

/** Binds an element; returns what is being selected, in seconds. */
export function useGestures(
  element: RefObject<HTMLElement | null>,
  plot: Plot,
): Signal<[number, number] | null> {
  const selection = useSignal<[number, number] | null>(null);
  const now = useRef(plot);
  now.current = plot;
  useEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const pointers = new Map<number, number>();
    let began: number | null = null;
    let apart = 0;

    const timeAt = (x: number): number => {
      const { left, width } = target.getBoundingClientRect();
      const { from, to } = now.current.span;
      return from + Math.min(1, Math.max(0, (x - left) / (width || 1))) * (to - from);
    };
    const zoom = (factor: number, x: number): void => {
      const { span, length, least, onSpan } = now.current;
      onSpan(zoomed(span, length, factor, timeAt(x), least));
    };
    const down = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      target.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event.clientX);
      began = pointers.size === 1 ? event.clientX : null;
      selection.value = null;
      apart = distance(pointers);
    };
    const move = (event: PointerEvent): void => {
      if (!pointers.has(event.pointerId)) return;
      pointers.set(event.pointerId, event.clientX);
      if (pointers.size === 2) {
        const next = distance(pointers);
        const [a, b] = [...pointers.values()] as [number, number];
        if (apart > 0) zoom(next / apart, (a + b) / 2);
        apart = next;
      } else if (began !== null && Math.abs(event.clientX - began) > STILL)
        selection.value = [timeAt(began), timeAt(event.clientX)];
      else selection.value = null;
    };
    const up = (event: PointerEvent): void => {
      if (!pointers.delete(event.pointerId) || began === null) return;
      const { length, least, onSpan, onClick } = now.current;
      const found = selection.value;
      if (!found) onClick(timeAt(event.clientX));
      else {
        const span = selected(...found, length, least);
        if (span) onSpan(span);
      }
      began = selection.value = null;
    };
    const cancel = (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
      began = selection.value = null;
    };
    const wheel = (event: WheelEvent): void => {
      const { span, length, onSpan } = now.current;
      const whole = span.to - span.from >= length * (1 - 1e-9);
      const along = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      // Two fingers on a touchpad come as a wheel with the control key. Without it the page scrolls.
      if (event.ctrlKey || event.metaKey) zoom(2 ** (-event.deltaY / WHEEL), event.clientX);
      else if (!whole && Math.abs(along) >= Math.abs(event.shiftKey ? 0 : event.deltaY))
        onSpan(panned(span, length, along / (target.clientWidth || 1)));
      else return;
      event.preventDefault();
    };
    const reset = (): void => now.current.onSpan(null);
    target.addEventListener("pointerdown", down);
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", up);
    target.addEventListener("pointercancel", cancel);
    target.addEventListener("wheel", wheel, { passive: false });
    target.addEventListener("dblclick", reset);
    return () => {
      target.removeEventListener("pointerdown", down);
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", up);
      target.removeEventListener("pointercancel", cancel);
      target.removeEventListener("wheel", wheel);
      target.removeEventListener("dblclick", reset);
    };
  }, []);
  return selection;
}

function distance(pointers: ReadonlyMap<number, number>): number {
  const [a, b] = [...pointers.values()];
  return a === undefined || b === undefined ? 0 : Math.abs(a - b);
}
