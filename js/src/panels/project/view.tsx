// The page of a project: its tabs, and the page of a run that was chosen in one of them.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import type { Io } from "../../core/io";
import { ErrorLine } from "../../core/panel";
import type { Session } from "../../core/session";
import { sourceText } from "../run/logic";
import { Overview } from "./overview";
import { Project } from "./project";
import { RunPage } from "./run-page";
import { RunsTable } from "./table";
import { Workspace } from "./workspace";

export interface PageProps {
  io: Io;
  session: Session;
  cursor: Cursor;
}

export type Tab = "overview" | "workspace" | "runs";

const TABS: readonly { id: Tab; title: string }[] = [
  { id: "overview", title: "Overview" },
  { id: "workspace", title: "Workspace" },
  { id: "runs", title: "Runs" },
];

/** Views of one panel show the same project. */
const projects = new WeakMap<Session, { project: Project; tab: Signal<Tab> }>();

export function ProjectPage(props: PageProps): JSX.Element {
  const { session, cursor } = props;
  const root = useRef<HTMLDivElement>(null);
  const first = useSignal<Tab>("workspace");
  const { project, tab } = useMemo(() => {
    let known = projects.get(session);
    if (!known) {
      known = {
        project: new Project(session.hello.project ?? { entity: "", project: "" }, session),
        tab: first,
      };
      projects.set(session, known);
    }
    return known;
  }, [session]);
  const seen = useSignal(true);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => {
      seen.value = entries.some((entry) => entry.isIntersecting);
    });
    if (root.current) watcher.observe(root.current);
    const stop = project.follow(seen);
    return () => {
      watcher.disconnect();
      stop();
    };
  }, [project]);

  const { name, run } = project;
  const source = session.source.value;
  const note = sourceText(source, session.kernel.reason.value, session.kernel.busy.value, session.running);
  const press = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
    if ((event.target as HTMLElement).closest("input, textarea, [contenteditable]")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) project.redo();
    else project.undo();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only listens for the keys of undo, wherever the focus is
    <div ref={root} class="nb-panel nb-project" onKeyDown={press}>
      <header class="nb-project-head">
        <span class="nb-name" title={name.entity ? `${name.entity}/${name.project}` : name.project}>
          {name.entity && <span class="nb-quiet">{name.entity} / </span>}
          {name.project}
        </span>
        <div class="nb-tabs" role="tablist" aria-label="Project">
          {TABS.map(({ id, title }) => (
            <button
              key={id}
              type="button"
              role="tab"
              aria-selected={run.value === null && tab.value === id}
              class={run.value === null && tab.value === id ? "nb-tab nb-on" : "nb-tab"}
              onClick={() => {
                run.value = null;
                tab.value = id;
              }}
            >
              {title}
            </button>
          ))}
        </div>
        <span class="nb-spring" />
        <Undo project={project} />
        {note && source !== "waiting" && (
          <span class="nb-source" data-source={source} role="status">
            {note}
          </span>
        )}
      </header>
      {project.failure.value && <ErrorLine text={project.failure.value} retry={() => void project.look()} />}
      {run.value !== null ? (
        <RunPage key={run.value} id={run.value} project={project} session={session} cursor={cursor} />
      ) : tab.value === "overview" ? (
        <Overview project={project} />
      ) : tab.value === "runs" ? (
        <RunsTable project={project} />
      ) : (
        <Workspace
          project={project}
          session={session}
          cursor={cursor}
          onExpand={() => {
            tab.value = "runs";
          }}
        />
      )}
    </div>
  );
}

function Undo(props: { project: Project }): JSX.Element {
  const { undoLabel, redoLabel } = props.project;
  return (
    <span class="nb-undo">
      <button
        type="button"
        class="nb-icon-button"
        disabled={undoLabel.value === null}
        title={undoLabel.value === null ? "Nothing to undo" : `Undo: ${undoLabel.value} (Ctrl+Z)`}
        aria-label={undoLabel.value === null ? "Undo" : `Undo: ${undoLabel.value}`}
        onClick={() => props.project.undo()}
      >
        <Arrow back />
      </button>
      <button
        type="button"
        class="nb-icon-button"
        disabled={redoLabel.value === null}
        title={redoLabel.value === null ? "Nothing to do again" : `Redo: ${redoLabel.value} (Ctrl+Shift+Z)`}
        aria-label={redoLabel.value === null ? "Redo" : `Redo: ${redoLabel.value}`}
        onClick={() => props.project.redo()}
      >
        <Arrow back={false} />
      </button>
    </span>
  );
}

function Arrow(props: { back: boolean }): JSX.Element {
  return (
    <svg
      viewBox="0 0 16 16"
      width="14"
      height="14"
      aria-hidden="true"
      style={props.back ? undefined : { transform: "scaleX(-1)" }}
    >
      <path
        d="M6.5 3 3 6.5 6.5 10M3 6.5h6a4 4 0 0 1 0 8H6"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
