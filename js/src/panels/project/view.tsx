// The page of a project: its tabs, and the page of a run that was chosen in one of them.

import { type Signal, signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { formatStep } from "../../core/format";
import type { Io } from "../../core/io";
import { EmptyState, ErrorLine } from "../../core/panel";
import { panelOf } from "../../core/registry";
import type { Session } from "../../core/session";
import { sourceText } from "../run/logic";
import { ProjectList } from "./list";
import { Overview } from "./overview";
import { Project } from "./project";
import { RunPage } from "./run-page";
import { RunsTable } from "./table";
import type { ProjectName } from "./wire";
import { Workspace } from "./workspace";

export interface PageProps {
  io: Io;
  session: Session;
  cursor: Cursor;
}

export type Tab = "overview" | "workspace" | "runs" | "comparison";

/** Runs beside each other at most, as `nbtrack.compare` has it. */
const COMPARED = 1_000;

const TABS: readonly { id: Tab; title: string }[] = [
  { id: "overview", title: "Overview" },
  { id: "workspace", title: "Workspace" },
  { id: "runs", title: "Runs" },
];

/** What a panel shows: views of one panel show the same. */
interface Shown {
  /** Null: the list of projects. */
  project: Signal<Project | null>;
  tab: Signal<Tab>;
}

const shown = new WeakMap<Session, Shown>();

function shownIn(session: Session): Shown {
  let found = shown.get(session);
  if (!found) {
    const { project } = session.hello;
    found = { project: signal(project ? new Project(project, session) : null), tab: signal("workspace") };
    shown.set(session, found);
  }
  return found;
}

export function ProjectPage(props: PageProps): JSX.Element {
  const { session, cursor } = props;
  const { project, tab } = shownIn(session);
  // A page of the server is one whose address tells what it shows.
  const alone = session.hello.askModel === "";
  const open = (name: ProjectName | null): void => {
    if (alone) {
      const params = new URLSearchParams({ store: session.hello.storeId, ...name });
      history.replaceState(null, "", `?${params}`);
    }
    session.watch([]);
    // Who renames a project stays where he is.
    if (project.peek() === null) tab.value = "workspace";
    project.value = name && new Project(name, session);
  };
  if (project.value === null) return <ProjectList session={session} onOpen={open} />;
  return (
    <Opened
      key={JSON.stringify(project.value.name)}
      project={project.value}
      tab={tab}
      session={session}
      cursor={cursor}
      onOpen={open}
      onList={alone || !session.hello.project ? () => open(null) : undefined}
    />
  );
}

function Opened(props: {
  project: Project;
  tab: Signal<Tab>;
  session: Session;
  cursor: Cursor;
  onOpen: (name: ProjectName) => void;
  /** Back to the list of projects, where there is one. */
  onList: (() => void) | undefined;
}): JSX.Element {
  const { project, tab, session, cursor, onList } = props;
  const root = useRef<HTMLDivElement>(null);
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
  const compared = useSignal<readonly string[]>([]);
  const tabs =
    compared.value.length > 0 ? [...TABS, { id: "comparison", title: "Comparison" } as const] : TABS;
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
        {onList && (
          <button type="button" class="nb-link" onClick={onList}>
            Projects
          </button>
        )}
        <span class="nb-name" title={name.entity ? `${name.entity}/${name.project}` : name.project}>
          {name.entity && <span class="nb-quiet">{name.entity} / </span>}
          {name.project}
        </span>
        <div class="nb-tabs" role="tablist" aria-label="Project">
          {tabs.map(({ id, title }) => (
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
        {project.indexing.value && (
          <span class="nb-source" role="status">
            reading runs: {formatStep(project.indexing.value[0])} of {formatStep(project.indexing.value[1])}
          </span>
        )}
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
        <Overview project={project} onRename={props.onOpen} />
      ) : tab.value === "runs" ? (
        <RunsTable
          project={project}
          onCompare={(ids) => {
            compared.value = ids.slice(0, COMPARED);
            tab.value = "comparison";
          }}
        />
      ) : tab.value === "comparison" && compared.value.length > 0 ? (
        <Comparison ids={compared.value} session={session} cursor={cursor} />
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

/** The chosen runs as `nbtrack.compare` shows them. */
function Comparison(props: { ids: readonly string[]; session: Session; cursor: Cursor }): JSX.Element {
  const { ids, session, cursor } = props;
  useEffect(() => session.watch(ids), [ids]);
  const Panel = panelOf("compare");
  const there = session.runs.length === ids.length && session.runs.every((model, i) => model.id === ids[i]);
  if (!Panel || !there) return <EmptyState title="Loading the runs…" />;
  return (
    <div class="nb-run-page">
      <Panel session={session} cursor={cursor} signal={new AbortController().signal} />
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
