// Saved views of the workspace: switch between them, save what is shown as another, rename, copy, delete.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { OWN_VIEW, type Project } from "../project";
import { Item, Popover } from "../table/popover";
import type { Document } from "../wire";
import { newId } from "./changes";
import { Icon } from "./icons";
import { NameField } from "./section";
import { copied, freeName, type SavedView, viewsOf } from "./views";

export function ViewsMenu(props: { project: Project }): JSX.Element {
  const { project } = props;
  const user = useUser(project);
  const views = viewsOf(project.tree.value, OWN_VIEW, user);
  const current = views.find(({ id }) => id === project.viewId.value);
  const name = current?.name ?? "View";
  // A view that somebody deleted is left.
  useEffect(() => {
    if (!current && project.ready.peek()) project.viewId.value = OWN_VIEW;
  }, [current === undefined]);
  return (
    <Popover
      label={`View: ${name}`}
      title="Saved views"
      class="nb-button nb-ws-views"
      boxClass="nb-ws-views-box"
      icon={
        <>
          <Icon name="views" /> <span class="nb-ws-views-name">{name}</span>
        </>
      }
    >
      {(close) => <Views project={project} views={views} current={current} user={user} close={close} />}
    </Popover>
  );
}

/** Who looks at the page; "" while, or where, nobody knows. */
function useUser(project: Project): string {
  const user = useSignal("");
  useEffect(() => {
    const stop = new AbortController();
    project.ask<Document>({ what: "document" }, stop.signal).then(
      (found) => {
        user.value = found.user ?? "";
      },
      // The page says by itself that it cannot be reached; views of all are shown.
      () => undefined,
    );
    return () => stop.abort();
  }, [project]);
  return user.value;
}

function Views(props: {
  project: Project;
  views: SavedView[];
  current: SavedView | undefined;
  user: string;
  close: () => void;
}): JSX.Element {
  const { project, views, current, user, close } = props;
  const asking = useSignal<"rename" | "shared" | "own" | null>(null);
  const save = (name: string, owner: string): void => {
    const id = newId("view");
    project.edit(
      copied(project.view.peek(), id, name, owner, Math.round(Date.now() / 1000)),
      `save view ${name}`,
    );
    project.viewId.value = id;
    close();
  };
  if (asking.value)
    return (
      <div class="nb-ws-form">
        <b>{asking.value === "rename" ? "Rename view" : "Save as new view"}</b>
        <NameField
          label="Name of the view"
          name={asking.value === "rename" ? (current?.name ?? "") : freeName(current?.name ?? "View", views)}
          onDone={(name) => {
            const wanted = asking.value;
            asking.value = null;
            if (!name) return;
            if (wanted === "rename") {
              project.editView([{ op: "set", path: ["name"], value: name }], `rename view to ${name}`);
              close();
            } else save(name, wanted === "own" ? user : "");
          }}
        />
        <span class="nb-quiet">Enter to save, Escape to leave it</span>
      </div>
    );
  return (
    <>
      {views.map((view) => (
        <Item
          key={view.id}
          hint={view.owner ? "personal" : ""}
          onClick={() => {
            project.viewId.value = view.id;
            close();
          }}
        >
          <span class={view.id === current?.id ? "nb-ws-tick nb-on" : "nb-ws-tick"} aria-hidden="true" />
          {view.name}
          {view.id === current?.id && <span class="nb-visually-hidden"> (shown)</span>}
        </Item>
      ))}
      <hr class="nb-ws-line" />
      <Item onClick={() => (asking.value = "shared")}>Save as new view…</Item>
      {user !== "" && <Item onClick={() => (asking.value = "own")}>Save as personal view…</Item>}
      <Item onClick={() => (asking.value = "rename")}>Rename…</Item>
      <Item onClick={() => save(freeName(`${current?.name ?? "View"} copy`, views), current?.owner ?? "")}>
        Copy
      </Item>
      <Item
        danger
        disabled={!current || current.id === OWN_VIEW}
        onClick={() => {
          project.editView([{ op: "set", path: ["deleted"], value: true }], `delete view ${current?.name}`);
          project.viewId.value = OWN_VIEW;
          close();
        }}
      >
        Delete view
      </Item>
    </>
  );
}
