// What a run printed, and its files.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine, SearchField } from "../../core/panel";
import type { RunView } from "../../core/registry";
import type { Session } from "../../core/session";
import type { About, Console, RunState } from "../../core/wire";
import { download } from "../../viewers/download";
import { matcher } from "../run/logic";
import { type LogLine, linesOf } from "./logs";

const LOOK_MS = 2_000;
/** Lines in the page at first. */
const SHOWN = 1_000;

const ended = (state: RunState | undefined): boolean =>
  state === "finished" || state === "failed" || state === "crashed";

export function Logs(props: { run: RunView; session: Session }): JSX.Element {
  const { run, session } = props;
  const held = useSignal<Console | null>(null);
  const error = useSignal<string | null>(null);
  const query = useSignal("");
  const limit = useSignal(SHOWN);
  const box = useRef<HTMLDivElement>(null);
  const id = run.model.id;
  const over = ended(run.model.info.value?.state);

  useEffect(() => {
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const since = held.peek()?.next ?? 0;
        const { content } = await session.details({ run: id, what: "console", since }, stop.signal);
        const { lines, next, cut } = content as unknown as Console;
        const before = held.peek();
        held.value = { lines: [...(before?.lines ?? []), ...lines], next, cut: (before?.cut ?? 0) + cut };
        error.value = null;
      } catch (reason) {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      }
    };
    void look();
    const timer = over ? undefined : setInterval(() => void look(), LOOK_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [id, over]);

  const wanted = matcher(query.value);
  const lines = linesOf(held.value?.lines ?? []).filter((line) => wanted(line.text));
  const shown = lines.slice(-limit.value);
  // Who reads at the end stays at the end.
  useEffect(() => {
    const el = box.current;
    if (el && el.scrollHeight - el.scrollTop - el.clientHeight < 400) el.scrollTop = el.scrollHeight;
  }, [shown.length]);

  if (!held.value)
    return error.value ? <ErrorLine text={error.value} /> : <EmptyState title="Loading the output…" />;
  return (
    <div class="nb-logs">
      <div class="nb-tools">
        <SearchField
          label="Search the output"
          value={query.value}
          onInput={(value) => {
            query.value = value;
          }}
        />
        <span class="nb-quiet">
          {lines.length === 1 ? "1 line" : `${lines.length.toLocaleString()} lines`}
        </span>
        <span class="nb-spring" />
        <button
          type="button"
          class="nb-link"
          onClick={() => download(textOf(lines), `${run.label}.log`)}
          disabled={lines.length === 0}
        >
          Download
        </button>
      </div>
      {error.value && <ErrorLine text={error.value} />}
      {lines.length === 0 ? (
        <EmptyState title={query.value ? "No line matches" : "Nothing was printed"} />
      ) : (
        <div class="nb-log" ref={box} role="log" aria-label="Output">
          {(held.value.cut > 0 || shown.length < lines.length) && (
            <button
              type="button"
              class="nb-link"
              disabled={shown.length === lines.length}
              onClick={() => {
                limit.value += 10 * SHOWN;
              }}
            >
              {shown.length < lines.length
                ? `${(lines.length - shown.length).toLocaleString()} earlier lines`
                : `${held.value.cut.toLocaleString()} earlier pieces of output are in the store only`}
            </button>
          )}
          {shown.map((line) => (
            <div key={line.number} class={line.stream === "stderr" ? "nb-log-line nb-stderr" : "nb-log-line"}>
              <span class="nb-line-number" title={new Date(1000 * line.time).toLocaleString()}>
                {line.number}
              </span>
              <span>{line.text || " "}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function textOf(lines: readonly LogLine[]): Blob {
  return new Blob([lines.map((line) => `${line.text}\n`).join("")], { type: "text/plain" });
}

export function Files(props: { run: RunView; session: Session }): JSX.Element {
  const { run, session } = props;
  const files = useSignal<About["files"] | null>(null);
  const error = useSignal<string | null>(null);
  const query = useSignal("");
  const id = run.model.id;
  const load = (): void => {
    session.details({ run: id, what: "about" }).then(
      ({ content }) => {
        files.value = (content as unknown as About).files;
        error.value = null;
      },
      (reason: unknown) => {
        error.value = messageOf(reason);
      },
    );
  };
  useEffect(load, [id]);
  const fetchFile = async (name: string): Promise<void> => {
    try {
      const { content, buffers } = await session.details({ run: id, what: "file", name });
      const { mime } = content as { mime: string };
      // Never shown by the browser itself: it may be any HTML.
      download(new Blob(buffers as DataView<ArrayBuffer>[], { type: mime }), name.split("/").pop() ?? name);
      error.value = null;
    } catch (reason) {
      error.value = messageOf(reason);
    }
  };
  if (!files.value)
    return error.value ? (
      <ErrorLine text={error.value} retry={load} />
    ) : (
      <EmptyState title="Loading the files…" />
    );
  const wanted = matcher(query.value);
  const shown = files.value.filter((file) => wanted(file.name)).slice(0, SHOWN);
  return (
    <div class="nb-files">
      <div class="nb-tools">
        <SearchField
          label="Search files"
          value={query.value}
          onInput={(value) => {
            query.value = value;
          }}
        />
        <span class="nb-quiet">
          {files.value.length === 1 ? "1 file" : `${files.value.length.toLocaleString()} files`}
        </span>
      </div>
      {error.value && <ErrorLine text={error.value} />}
      {shown.length === 0 ? (
        <EmptyState title={files.value.length > 0 ? "No file matches" : "The run has no files"}>
          {files.value.length === 0 && <code>run.save("notes.txt")</code>}
        </EmptyState>
      ) : (
        <table class="nb-file-table">
          <tbody>
            {shown.map((file) => (
              <tr key={file.name}>
                <th scope="row">
                  <button
                    type="button"
                    class="nb-link"
                    title={`Download ${file.name}`}
                    onClick={() => void fetchFile(file.name)}
                  >
                    {file.name}
                  </button>
                </th>
                <td>{sizeOf(file.size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toPrecision(3)} ${["", "KiB", "MiB", "GiB", "TiB"][power]}`;
}
