// The axis of time below a plot: press or drag to go there.

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { useSize } from "../size";
import { type Span, ticks } from "./span";

export function Ruler(props: { span: Span; onSeek: (time: number) => void }): JSX.Element {
  const { span, onSeek } = props;
  const place = useRef<HTMLDivElement>(null);
  const { width } = useSize(place);
  const seek = (event: PointerEvent): void => {
    const box = place.current?.getBoundingClientRect();
    if (box?.width) onSeek(span.from + ((event.clientX - box.left) / box.width) * (span.to - span.from));
  };
  return (
    <div
      ref={place}
      class="nb-ruler"
      aria-hidden="true"
      title="Drag to move the position"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        seek(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) seek(event);
      }}
    >
      {ticks(span, width).map((tick) => (
        <span key={tick.text} style={{ left: `${tick.share * 100}%` }}>
          {tick.text}
        </span>
      ))}
    </div>
  );
}
