// What the project is: its description, who worked on it, how much was computed.

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { formatDuration, formatStep } from "../../core/format";
import { EmptyState, ErrorLine } from "../../core/panel";
import { Markdown } from "./markdown";
import type { Project } from "./project";
import type { Acted, Overview as Facts } from "./wire";

const VISIBILITIES = [
  { value: "private", label: "Private" },
  { value: "team", label: "Team" },
  { value: "restricted", label: "Restricted" },
  { value: "public", label: "Public" },
];

export function Overview(props: { project: Project }): JSX.Element {
  const { project } = props;
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
        error.value = reason instanceof Error ? reason.message : String(reason);
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
      said.value = reason instanceof Error ? reason.message : String(reason);
    }
    void project.look();
    load();
  };
  const deleted = own.deleted_at !== undefined || found.deleted;
  return (
    <div class="nb-overview">
      <div class="nb-overview-title">
        <h2>{project.name.project}</h2>
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
