// The runs that are compared: each can be hidden from everything below.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatStep } from "../../core/format";
import type { RunView } from "../../core/registry";
import { isOpen, type Session } from "../../core/session";
import { sourceText, stateText } from "../run/logic";

/** Runs that are named at first. */
const NAMED = 60;

export function Header(props: {
  session: Session;
  runs: RunView[];
  hidden: ReadonlySet<string>;
  onHide: (hidden: ReadonlySet<string>) => void;
}): JSX.Element {
  const { session, runs, hidden, onHide } = props;
  const { keys, title } = session.hello;
  const [named, setNamed] = useState(NAMED);
  const count = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  const toggle = (id: string): void => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    onHide(next);
  };
  const source = session.source.value;
  const note = sourceText(
    source,
    session.kernel.reason.value,
    session.kernel.busy.value,
    runs.some((run) => isOpen(run.model.info.value?.state)),
  );
  return (
    <header class="nb-compare-head">
      <div class="nb-header">
        <span class="nb-name">{title || "Compare"}</span>
        <span class="nb-quiet">
          {[title !== count && count, hidden.size > 0 && `${hidden.size} hidden`].filter(Boolean).join(", ")}
        </span>
        {keys && (
          <span class="nb-quiet nb-only" title={keys.join("\n")}>
            only {keys.join(", ")}
          </span>
        )}
        {hidden.size > 0 && (
          <button type="button" class="nb-link" onClick={() => onHide(new Set())}>
            Show all
          </button>
        )}
        <span class="nb-spring" />
        {note && (
          <span class="nb-source" data-source={source} role="status">
            {note}
          </span>
        )}
      </div>
      <ul class="nb-run-list">
        {runs.slice(0, named).map((run) => (
          <li key={run.model.id}>
            <RunChip
              run={run}
              shown={!hidden.has(run.model.id)}
              onToggle={() => toggle(run.model.id)}
              onOnly={() => onHide(new Set(runs.map((r) => r.model.id).filter((id) => id !== run.model.id)))}
            />
          </li>
        ))}
        {runs.length > named && (
          <li>
            <button type="button" class="nb-link" onClick={() => setNamed(Number.POSITIVE_INFINITY)}>
              Show {formatStep(runs.length - named)} more
            </button>
          </li>
        )}
      </ul>
    </header>
  );
}

function RunChip(props: {
  run: RunView;
  shown: boolean;
  onToggle: () => void;
  onOnly: () => void;
}): JSX.Element {
  const { run, shown } = props;
  const info = run.model.info.value;
  const state = info ? stateText(info) : "waiting";
  const about = [info?.project, `run ${run.model.id}`, info?.tags.join(", ")].filter(Boolean).join(" · ");
  return (
    <button
      type="button"
      class={shown ? "nb-chip" : "nb-chip nb-chip-hidden"}
      aria-pressed={shown}
      title={`${run.label}\n${about}\nClick to ${shown ? "hide" : "show"}, double-click to show it alone`}
      onClick={props.onToggle}
      onDblClick={props.onOnly}
    >
      <svg class="nb-eye" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M1.5 8C3 5 5.3 3.5 8 3.5S13 5 14.5 8C13 11 10.7 12.5 8 12.5S3 11 1.5 8Z" />
        {shown ? <circle cx="8" cy="8" r="2" /> : <path d="M3 13 13 3" />}
      </svg>
      <span class="nb-swatch" aria-hidden="true" style={{ background: run.color }} />
      <span class="nb-chip-name">{run.label}</span>
      <span class="nb-state nb-quiet" data-state={info?.state ?? "waiting"}>
        <span class="nb-dot" aria-hidden="true" />
        {state}
      </span>
    </button>
  );
}
