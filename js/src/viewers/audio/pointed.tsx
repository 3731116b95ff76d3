// What is under the pointer: the time, and in a spectrogram the frequency.

import { useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { formatTime } from "../playback/transport";
import { frequencyAt, type Scale } from "./scale";
import { digitsOf, type Span } from "./span";

export function Pointed(props: {
  plot: RefObject<HTMLElement | null>;
  span: Span;
  /** Of a spectrogram; else null. */
  frequencies: { scale: Scale; sampleRate: number } | null;
}): JSX.Element | null {
  const { plot, span, frequencies } = props;
  /** From the left and from the bottom, 0 to 1. */
  const at = useSignal<[number, number] | null>(null);
  useEffect(() => {
    const element = plot.current;
    if (!element) return undefined;
    const move = (event: PointerEvent): void => {
      const { left, bottom, width, height } = element.getBoundingClientRect();
      at.value = [(event.clientX - left) / (width || 1), (bottom - event.clientY) / (height || 1)];
    };
    const leave = (): void => {
      at.value = null;
    };
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerleave", leave);
    return () => {
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerleave", leave);
    };
  }, []);
  if (!at.value) return null;
  const [across, up] = at.value;
  const words = [formatTime(span.from + across * (span.to - span.from), digitsOf(span) + 1)];
  if (frequencies)
    words.push(
      describeHertz(frequencyAt(Math.min(1, Math.max(0, up)), frequencies.sampleRate, frequencies.scale)),
    );
  return (
    <span class="nb-clip-pointed nb-number" aria-hidden="true">
      {words.join(" · ")}
    </span>
  );
}

/** "440 Hz", "3.52 kHz". */
export function describeHertz(hertz: number): string {
  return hertz < 1000 ? `${Math.round(hertz)} Hz` : `${(hertz / 1000).toPrecision(3)} kHz`;
}
