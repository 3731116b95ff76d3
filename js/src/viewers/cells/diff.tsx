// Source and diff as plain text with line numbers.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { hunks, type Line, splitLines } from "./logic";

export function SourceView(props: { source: string }): JSX.Element {
  return (
    <section class="nb-code" aria-label="Source">
      {splitLines(props.source).map((text, i) => (
        <div class="nb-code-line" key={i}>
          <span class="nb-line-number">{i + 1}</span>
          <code>{text || " "}</code>
        </div>
      ))}
    </section>
  );
}

const MARK = { same: " ", removed: "−", added: "+" } as const;
const SPOKEN = { same: "", removed: "removed: ", added: "added: " } as const;

export function DiffView(props: { lines: readonly Line[] }): JSX.Element {
  const [whole, setWhole] = useState(false);
  const parts = whole
    ? { hunks: [{ skipped: 0, lines: [...props.lines] }], skippedAtEnd: 0 }
    : hunks(props.lines);
  const skip = (n: number): JSX.Element | null =>
    n > 0 ? (
      <button type="button" class="nb-skipped" onClick={() => setWhole(true)}>
        {n} unchanged {n === 1 ? "line" : "lines"}
      </button>
    ) : null;
  return (
    <section class="nb-code nb-diff" aria-label="Changes">
      {parts.hunks.map((hunk) => (
        <div key={hunk.lines[0] ? `${hunk.lines[0].before}:${hunk.lines[0].after}` : ""}>
          {skip(hunk.skipped)}
          {hunk.lines.map((line) => (
            <div class={`nb-code-line nb-${line.kind}`} key={`${line.before}:${line.after}`}>
              <span class="nb-line-number">{line.before ?? ""}</span>
              <span class="nb-line-number">{line.after ?? ""}</span>
              <span class="nb-mark" aria-hidden="true">
                {MARK[line.kind]}
              </span>
              <code>
                <span class="nb-visually-hidden">{SPOKEN[line.kind]}</span>
                {line.text || " "}
              </code>
            </div>
          ))}
        </div>
      ))}
      {skip(parts.skippedAtEnd)}
    </section>
  );
}
