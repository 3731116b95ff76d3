// The projects of a store: starred ones first, then those that were used last.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { formatDuration, formatStep } from "../../core/format";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine, SearchField } from "../../core/panel";
import type { Session } from "../../core/session";
import type { Edit, ProjectName, Projects } from "./wire";

type Listed = Projects["projects"][number];

const NOBODY = { entity: "", project: "" };

export function ProjectList(props: { session: Session; onOpen: (name: ProjectName) => void }): JSX.Element {
  const { session, onOpen } = props;
  const found = useSignal<Listed[] | null>(null);
  const error = useSignal<string | null>(null);
  const query = useSignal("");
  const making = useSignal(false);
  const load = (): void => {
    session.project({ ...NOBODY, what: "projects" }).then(
      ({ content }) => {
        found.value = (content as unknown as Projects).projects;
        error.value = null;
      },
      (reason: unknown) => {
        error.value = messageOf(reason);
      },
    );
  };
  useEffect(load, []);
  if (!found.value)
    return error.value ? <ErrorLine text={error.value} retry={load} /> : <EmptyState title="Loading…" />;

  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = found.value.filter((one) => {
    const text = `${one.entity}/${one.project} ${one.description}`.toLowerCase();
    return !one.deleted && words.every((word) => text.includes(word));
  });
  const sorted = [...matching].sort((a, b) => Number(b.starred) - Number(a.starred));
  return (
    <div class="nb-panel nb-project-list">
      <div class="nb-tools">
        <SearchField
          label="Search projects"
          value={query.value}
          onInput={(value) => {
            query.value = value;
          }}
        />
        <span class="nb-quiet">
          {sorted.length === 1 ? "1 project" : `${formatStep(sorted.length)} projects`}
        </span>
        <span class="nb-spring" />
        <button
          type="button"
          class="nb-button"
          aria-expanded={making.value}
          onClick={() => {
            making.value = !making.value;
          }}
        >
          New project
        </button>
      </div>
      {error.value && <ErrorLine text={error.value} retry={load} />}
      {making.value && <NewProject session={session} known={found.value} onMade={onOpen} />}
      {sorted.length === 0 ? (
        <EmptyState title={words.length > 0 ? `No project matches “${query.value}”` : "No projects yet"}>
          {words.length === 0 && (
            <>
              <code>nbtrack.init(project="digits")</code> makes one with its first run.
            </>
          )}
        </EmptyState>
      ) : (
        <ul class="nb-projects">
          {sorted.map((one) => (
            <li key={`${one.entity}/${one.project}`}>
              <button
                type="button"
                class="nb-project-row"
                onClick={() => onOpen({ entity: one.entity, project: one.project })}
              >
                <span class="nb-projects-name">
                  {one.entity && <span class="nb-quiet">{one.entity} / </span>}
                  {one.project}
                  {one.starred && (
                    <span class="nb-starred" role="img" aria-label="starred">
                      ★
                    </span>
                  )}
                </span>
                <span class="nb-quiet nb-projects-about">{one.description.split("\n")[0]}</span>
                <span class="nb-quiet nb-projects-count">
                  {one.runs === 1 ? "1 run" : `${formatStep(one.runs)} runs`}
                </span>
                <span class="nb-quiet nb-projects-when">{ago(one.lastActive)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function ago(seconds: number | null): string {
  if (seconds === null) return "empty";
  const passed = Date.now() / 1000 - seconds;
  return passed < 60 ? "just now" : `${formatDuration(passed)} ago`;
}

function NewProject(props: {
  session: Session;
  known: readonly Listed[];
  onMade: (name: ProjectName) => void;
}): JSX.Element {
  const name = useSignal("");
  const entity = useSignal("");
  const description = useSignal("");
  const visibility = useSignal("team");
  const error = useSignal<string | null>(null);
  const make = async (): Promise<void> => {
    const made = { entity: entity.value.trim(), project: name.value.trim() };
    if (made.project === "" || /[/\\]/.test(made.project + made.entity)) {
      error.value = "A project needs a name, without / or \\.";
      return;
    }
    if (
      props.known.some((one) => one.project === made.project && one.entity === made.entity && !one.deleted)
    ) {
      error.value = `There is a project “${made.project}” already.`;
      return;
    }
    const set = (path: string, value: string | number): Edit => ({
      op: "set",
      path: ["project", path],
      value,
    });
    try {
      await props.session.project({
        ...made,
        what: "edit",
        edits: [
          set("created", Date.now() / 1000),
          set("description", description.value),
          set("visibility", visibility.value),
          { op: "del", path: ["project", "deleted_at"] },
        ],
      });
      props.onMade(made);
    } catch (reason) {
      error.value = messageOf(reason);
    }
  };
  return (
    <form
      class="nb-new-project nb-own-keys"
      onKeyDown={(event) => event.stopPropagation()}
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <label>
        Name
        <input
          type="text"
          class="nb-input"
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
        />
      </label>
      <label>
        Entity
        <input
          type="text"
          class="nb-input"
          placeholder="none"
          value={entity.value}
          onInput={(event) => {
            entity.value = event.currentTarget.value;
          }}
        />
      </label>
      <label>
        Visibility
        <select
          class="nb-select"
          value={visibility.value}
          onChange={(event) => {
            visibility.value = event.currentTarget.value;
          }}
        >
          <option value="private">Private</option>
          <option value="team">Team</option>
          <option value="restricted">Restricted</option>
          <option value="public">Public</option>
        </select>
      </label>
      <label class="nb-wide">
        Description
        <textarea
          class="nb-textarea"
          rows={3}
          value={description.value}
          onInput={(event) => {
            description.value = event.currentTarget.value;
          }}
        />
      </label>
      {error.value && <ErrorLine text={error.value} />}
      <button type="submit" class="nb-button nb-primary">
        Create project
      </button>
    </form>
  );
}
