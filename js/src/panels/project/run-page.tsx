// The page of one run: what its own panel shows, within the project's page.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { EmptyState } from "../../core/panel";
import { panelOf } from "../../core/registry";
import type { Session } from "../../core/session";
import type { Project } from "./project";

export function RunPage(props: {
  id: string;
  project: Project;
  session: Session;
  cursor: Cursor;
}): JSX.Element {
  const { id, project, session, cursor } = props;
  useEffect(() => session.watch([id]), [id]);
  const Panel = panelOf("run");
  const there = session.runs[0]?.id === id;
  return (
    <div class="nb-run-page">
      <button
        type="button"
        class="nb-link"
        onClick={() => {
          project.run.value = null;
        }}
      >
        ← All runs
      </button>
      {Panel && there ? (
        <Panel session={session} cursor={cursor} signal={new AbortController().signal} />
      ) : (
        <EmptyState title="Loading the run…" />
      )}
    </div>
  );
}
