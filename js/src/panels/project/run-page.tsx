// The page of one run: what its own panel shows, and beside it what it printed, its code, its files, the machine.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Cursor } from "../../core/cursor";
import { EmptyState } from "../../core/panel";
import { panelOf, partOf, type RunView, viewerOf } from "../../core/registry";
import type { Session } from "../../core/session";
import type { Project } from "./project";
import { Files, Logs } from "./run-records";

const TABS = ["charts", "logs", "code", "files", "system"] as const;
type Tab = (typeof TABS)[number];
const TITLES: { [tab in Tab]: string } = {
  charts: "Charts and media",
  logs: "Logs",
  code: "Code",
  files: "Files",
  system: "System",
};

export function RunPage(props: {
  id: string;
  project: Project;
  session: Session;
  cursor: Cursor;
}): JSX.Element {
  const { id, project, session, cursor } = props;
  const tab = useSignal<Tab>("charts");
  useEffect(() => session.watch([id]), [id]);
  const model = session.runs[0];
  const run = useMemo(
    (): RunView | null =>
      model && model.id === id
        ? { model, color: project.colorOf(id), label: model.info.value?.name || id }
        : null,
    [model, id, model?.info.value?.name],
  );
  const Panel = panelOf("run");
  const Code = partOf("code");
  return (
    <div class="nb-run-page">
      <div class="nb-run-page-head">
        <button
          type="button"
          class="nb-link"
          onClick={() => {
            project.run.value = null;
          }}
        >
          ← All runs
        </button>
        <div class="nb-tabs" role="tablist" aria-label="Run">
          {TABS.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={tab.value === name}
              class={tab.value === name ? "nb-tab nb-on" : "nb-tab"}
              onClick={() => {
                tab.value = name;
              }}
            >
              {TITLES[name]}
            </button>
          ))}
        </div>
        <span class="nb-spring" />
        {run && <span class="nb-quiet">{run.label}</span>}
      </div>
      {!run ? (
        <EmptyState title="Loading the run…" />
      ) : tab.value === "charts" ? (
        Panel && <Panel session={session} cursor={cursor} signal={new AbortController().signal} />
      ) : tab.value === "logs" ? (
        <Logs run={run} session={session} />
      ) : tab.value === "code" ? (
        Code && <Code runs={[run]} io={session} />
      ) : tab.value === "files" ? (
        <Files run={run} session={session} />
      ) : (
        <Machine run={run} session={session} />
      )}
    </div>
  );
}

function Machine(props: { run: RunView; session: Session }): JSX.Element {
  const { run, session } = props;
  // The machine's steps are milliseconds: the cursor of what was logged has no place among them.
  const cursor = useMemo(() => new Cursor(() => []), []);
  useEffect(() => () => cursor.dispose(), []);
  const Curve = viewerOf("number")?.component;
  const keys = run.model.systemKeys.value;
  if (keys.length === 0 || !Curve)
    return (
      <EmptyState title="No metrics of the machine were recorded: they begin some seconds after the run" />
    );
  return (
    <div class="nb-grid">
      {keys.map((key) => (
        <Curve key={key} runs={[run]} name={key} kind="number" cursor={cursor} io={session} />
      ))}
    </div>
  );
}
