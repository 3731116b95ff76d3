// What stands below a chart or figure: what there is to know of it, and links to save it.

import type { JSX } from "preact";

export interface Note {
  text: string;
  /** All of it, where the text may be cut. */
  title: string;
}

/** `onSave` is null as long as there is nothing to save. The element around it is an `nb-figure-place`. */
export function FigureFoot(props: {
  notes: readonly Note[];
  onSave: ((kind: "png" | "svg") => Promise<void>) | null;
}): JSX.Element {
  const { notes, onSave } = props;
  return (
    <div class="nb-figure-foot">
      {notes.map(({ text, title }) => (
        <span key={text} class="nb-quiet" title={title}>
          {text}
        </span>
      ))}
      <span class="nb-spring" />
      {onSave &&
        (["png", "svg"] as const).map((kind) => (
          <button key={kind} type="button" class="nb-link" onClick={() => void onSave(kind)}>
            {kind.toUpperCase()}
          </button>
        ))}
    </div>
  );
}
