// What the project is: its description, who worked on it, how much was computed.

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { formatDuration, formatStep } from "../../core/format";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine } from "../../core/panel";
import { Markdown } from "./markdown";
import type { Project } from "./project";
import type { Acted, Overview as Facts, ProjectName } from "./wire";

const VISIBILITIES = [
  { value: "private", label: "Private" },
  { value: "team", label: "Team" },
  { value: "restricted", label: "Restricted" },
  { value: "public", label: "Public" },
];

export function Overview(props: {
  project: Project;
  /** The project has another name now. */
  onRename: (name: ProjectName) => void;
}): JSX.Element {
  const { project, onRename } = props;
  const facts = useSignal<Facts | null>(null);
  const error = useSignal<string | null>(null);
  const said = useSignal("");
  const pulse = project.pulse.value;
  // Its own edits are in the tree before they are in an answer.
  const own = project.tree.value.project ?? {};
  const load = (): void => {
    project.ask<Facts>({ what: "overview" }).then(
      (found) => {
        facts.value = found;
        error.value = null;
      },
      (reason: unknown) => {
        error.value = messageOf(reason);
      },
    );
  };
  useEffect(load, [pulse]);

  const found = facts.value;
  if (!found)
    return error.value ? (
      <ErrorLine text={error.value} retry={load} />
    ) : (
      <EmptyState title="Loading the project…" />
    );
  const starred = own.starred ?? found.starred;
  const set = (path: string, value: string | boolean | number, label: string): void =>
    project.edit([{ op: "set", path: ["project", path], value }], label);
  const undelete = async (): Promise<void> => {
    try {
      const { done, failed } = await project.ask<Acted>({
        what: "act",
        act: "undelete",
        query: { deleted: true },
      });
      said.value = [`${done} ${done === 1 ? "run is" : "runs are"} back.`, ...failed].join(" ");
    } catch (reason) {
      said.value = messageOf(reason);
    }
    void project.look();
    load();
  };
  const deleted = own.deleted_at !== undefined || found.deleted;
  return (
    <div class="nb-overview">
      <div class="nb-overview-title">
        <Name project={project} onRename={onRename} />
        <button
          type="button"
          class={starred ? "nb-star nb-on" : "nb-star"}
          aria-pressed={starred}
          aria-label={starred ? "Starred" : "Star"}
          title={starred ? "Starred: listed first. Click to take the star away" : "Star: list it first"}
          onClick={() => set("starred", !starred, starred ? "unstar" : "star")}
        >
          <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
            <path d="m8 1.8 1.9 4 4.3.6-3.1 3 .8 4.3L8 11.6l-3.9 2.1.8-4.3-3.1-3 4.3-.6z" />
          </svg>
        </button>
        {deleted && <span class="nb-badge">deleted</span>}
      </div>
      <Description
        text={own.description ?? found.description}
        onSave={(text) => set("description", text, "description")}
      />
      <dl class="nb-overview-facts">
        <Fact name="Last active">
          {found.lastActive === null ? "never" : <Moment seconds={found.lastActive} />}
        </Fact>
        <Fact name="Created">
          {found.created === null ? "not known" : <Moment seconds={found.created} />}
        </Fact>
        <Fact name="Owner">{found.owner || "not known"}</Fact>
        <Fact name="Contributors">
          {found.contributors.length === 0
            ? "nobody yet"
            : `${found.contributors.length}: ${found.contributors.join(", ")}`}
        </Fact>
        <Fact name="Total runs">
          {formatStep(found.runs)}
          {found.running > 0 && <span class="nb-quiet"> · {formatStep(found.running)} running</span>}
        </Fact>
        <Fact name="Total compute">{formatDuration(found.compute)}</Fact>
        <Fact name="Visibility">
          <select
            class="nb-select"
            aria-label="Visibility"
            title="A note for those who share the store: who may read its folder can read everything"
            value={own.visibility ?? found.visibility}
            onChange={(event) => set("visibility", event.currentTarget.value, "visibility")}
          >
            {VISIBILITIES.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </Fact>
        <Fact name="Deleted runs">
          {formatStep(found.deletedRuns)}
          {found.deletedRuns > 0 && (
            <button type="button" class="nb-link" onClick={() => void undelete()}>
              Undelete all runs
            </button>
          )}
        </Fact>
      </dl>
      {said.value && (
        <p class="nb-quiet" role="status">
          {said.value}
        </p>
      )}
      <Removal
        deleted={deleted}
        onDelete={() => set("deleted_at", Date.now() / 1000, "delete the project")}
        onUndelete={() =>
          project.edit([{ op: "del", path: ["project", "deleted_at"] }], "undelete the project")
        }
      />
    </div>
  );
}

function Name(props: { project: Project; onRename: (name: ProjectName) => void }): JSX.Element {
  const { project } = props;
  const draft = useSignal<string | null>(null);
  const busy = useSignal(false);
  const error = useSignal<string | null>(null);
  if (draft.value === null)
    return (
      <h2>
        <button
          type="button"
          class="nb-rename-start"
          title="Rename the project"
          onClick={() => {
            draft.value = project.name.project;
          }}
        >
          {project.name.project}
        </button>
      </h2>
    );
  const save = async (): Promise<void> => {
    const name = draft.value?.trim() ?? "";
    if (name === project.name.project) {
      draft.value = null;
      return;
    }
    busy.value = true;
    try {
      props.onRename(await project.ask<ProjectName>({ what: "rename", name }));
    } catch (reason) {
      error.value = messageOf(reason);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form
      class="nb-rename nb-own-keys"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <input
        type="text"
        class="nb-input"
        aria-label="Name of the project"
        value={draft.value}
        disabled={busy.value}
        ref={(field) => field?.focus()}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") draft.value = null;
        }}
      />
      <button type="submit" class="nb-button nb-primary" disabled={busy.value}>
        {busy.value ? "Renaming its runs…" : "Rename"}
      </button>
      {error.value && <ErrorLine text={error.value} />}
    </form>
  );
}

function Fact(props: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="nb-overview-fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Moment(props: { seconds: number }): JSX.Element {
  const when = new Date(1000 * props.seconds);
  const ago = Date.now() / 1000 - props.seconds;
  return (
    <time dateTime={when.toISOString()} title={when.toLocaleString()}>
      {ago < 60 ? "just now" : `${formatDuration(ago)} ago`}
    </time>
  );
}

function Description(props: { text: string; onSave: (text: string) => void }): JSX.Element {
  const draft = useSignal<string | null>(null);
  if (draft.value === null)
    return (
      <div class="nb-description">
        {props.text ? (
          <Markdown text={props.text} />
        ) : (
          <p class="nb-quiet">No description yet: what is tried here, and what was found?</p>
        )}
        <button
          type="button"
          class="nb-link"
          onClick={() => {
            draft.value = props.text;
          }}
        >
          Edit
        </button>
      </div>
    );
  const save = (): void => {
    if (draft.value !== null && draft.value !== props.text) props.onSave(draft.value);
    draft.value = null;
  };
  return (
    <form
      class="nb-description nb-own-keys"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        class="nb-textarea"
        rows={Math.min(24, Math.max(5, draft.value.split("\n").length + 1))}
        aria-label="Description, in Markdown"
        placeholder="Markdown: **bold**, [links](https://…), lists, tables, code"
        value={draft.value}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") draft.value = null;
          else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            save();
          }
        }}
      />
      <div class="nb-description-buttons">
        <button type="submit" class="nb-button nb-primary">
          Save
        </button>
        <button
          type="button"
          class="nb-button"
          onClick={() => {
            draft.value = null;
          }}
        >
          Cancel
        </button>
      </div>
    </form>
  );
}

function Removal(props: { deleted: boolean; onDelete: () => void; onUndelete: () => void }): JSX.Element {
  const asked = useSignal(false);
  if (props.deleted)
    return (
      <div class="nb-removal">
        The project is deleted: it is not listed any more. Its runs are kept.
        <button type="button" class="nb-link" onClick={props.onUndelete}>
          Undelete project
        </button>
      </div>
    );
  if (!asked.value)
    return (
      <div class="nb-removal">
        <button
          type="button"
          class="nb-link nb-danger"
          onClick={() => {
            asked.value = true;
          }}
        >
          Delete project
        </button>
      </div>
    );
  return (
    <div class="nb-removal" role="alertdialog" aria-label="Delete project">
      It will not be listed any more. Its runs are kept, and it can be brought back.
      <button
        type="button"
        class="nb-button nb-danger"
        onClick={() => {
          asked.value = false;
          props.onDelete();
        }}
      >
        Delete
      </button>
      <button
        type="button"
        class="nb-button"
        onClick={() => {
          asked.value = false;
        }}
      >
        Cancel
      </button>
    </div>
  );
}
