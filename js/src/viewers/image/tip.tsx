// What lies under the pointer.

import type { JSX } from "preact";
import { cssColor } from "./classes";
import type { Hit } from "./overlay";

export interface TipState {
  x: number;
  y: number;
  hits: Hit[];
}

/** What lies under the pointer; several groups are told apart by their names. */
export function Hits(props: { hits: Hit[] }): JSX.Element {
  const several = new Set(props.hits.map((hit) => hit.group)).size > 1;
  return (
    <>
      {props.hits.map((hit, i) => (
        <span key={i} class="nb-over-hit">
          {hit.id !== null && (
            <span class="nb-swatch" aria-hidden="true" style={{ background: cssColor(hit.id) }} />
          )}
          {several && <span class="nb-quiet">{hit.group}: </span>}
          {hit.text}
        </span>
      ))}
    </>
  );
}

export function Tip(props: TipState): JSX.Element {
  return (
    <div class="nb-over-tip" style={{ left: `${props.x}px`, top: `${props.y}px` }}>
      <Hits hits={props.hits} />
    </div>
  );
}
