// A note among the charts, edited in its place.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Markdown } from "../../markdown";
import { inConfig } from "../changes";
import { type BodyProps, textOf } from "../work";
import { Card } from "./frame";

export function MarkdownPanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const text = textOf(panel, "text");
  const editing = useSignal(false);
  const store = (next: string): void => {
    editing.value = false;
    if (next !== text) work.project.editView(inConfig(panel.id, { text: next }), "edit a note");
  };
  return (
    <Card title={panel.title} class="nb-ws-note">
      {() =>
        editing.value ? (
          <Editor text={text} onStore={store} onLeave={() => (editing.value = false)} />
        ) : (
          // biome-ignore lint/a11y/noStaticElementInteractions: a double click is a short cut for the button
          <div class="nb-ws-note-text" onDblClick={() => (editing.value = true)}>
            {text ? <Markdown text={text} /> : <p class="nb-quiet">Nothing written yet.</p>}
            <button type="button" class="nb-link nb-ws-note-edit" onClick={() => (editing.value = true)}>
              {text ? "Edit" : "Write a note"}
            </button>
          </div>
        )
      }
    </Card>
  );
}

function Editor(props: { text: string; onStore: (text: string) => void; onLeave: () => void }): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const store = (): void => props.onStore(field.current?.value ?? props.text);
  return (
    <div class="nb-ws-note-editor nb-own-keys">
      <textarea
        ref={field}
        class="nb-textarea"
        aria-label="Note, in Markdown"
        placeholder="Markdown: **bold**, # heading, - list, | table |"
        defaultValue={props.text}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") props.onLeave();
          else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) store();
          else return;
          event.preventDefault();
        }}
      />
      <div class="nb-description-buttons">
        <button type="button" class="nb-button" title="Ctrl+Enter" onClick={store}>
          Save
        </button>
        <button type="button" class="nb-link" onClick={props.onLeave}>
          Cancel
        </button>
      </div>
    </div>
  );
}
