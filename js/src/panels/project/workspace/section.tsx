// A section: its heading, what can be done with it, and its panels.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Item, Popover } from "../table/popover";
import { addSection, inSection, moveSection, newId } from "./changes";
import { Grid, type GridProps } from "./grids";
import { Icon, IconButton } from "./icons";

export interface SectionProps extends GridProps {
  /** A search is on: what it found is shown whether or not the section was folded. */
  searched: boolean;
  onAdd: () => void;
}

export function WorkspaceSection(props: SectionProps): JSX.Element {
  const { section, work, searched } = props;
  const { project } = work;
  const renaming = useSignal(false);
  const open = section.open || searched;
  const over = props.dragging.now.value?.over?.section === section.id;
  return (
    <section
      class={`nb-section nb-ws-section${over && !open ? " nb-ws-over" : ""}`}
      aria-label={section.name}
      {...(open ? {} : { "data-section": section.id })}
    >
      <div class="nb-section-head">
        {renaming.value ? (
          <NameField
            name={section.name}
            onDone={(name) => {
              renaming.value = false;
              if (name && name !== section.name)
                project.editView(inSection(section.id, { name }), `rename ${section.name}`);
            }}
          />
        ) : (
          <button
            type="button"
            class="nb-fold"
            aria-expanded={open}
            title="Click to fold, double-click to rename"
            onClick={() =>
              project.editView(
                inSection(section.id, { open: !section.open }),
                `${section.open ? "fold" : "unfold"} ${section.name}`,
              )
            }
            onDblClick={() => {
              renaming.value = true;
            }}
          >
            <span class={open ? "nb-caret nb-open" : "nb-caret"} aria-hidden="true" />
            <span class="nb-section-title">{section.name}</span>
            <span class="nb-count">{section.panels.length}</span>
          </button>
        )}
        <div class="nb-section-aside nb-ws-section-acts">
          <IconButton icon="plus" label={`Add panel to ${section.name}`} onClick={props.onAdd} />
          <SectionMenu
            {...props}
            onRename={() => {
              renaming.value = true;
            }}
          />
        </div>
      </div>
      {open && <Grid {...props} />}
    </section>
  );
}

function SectionMenu(props: SectionProps & { onRename: () => void }): JSX.Element {
  const { section, sections, work } = props;
  const { project } = work;
  const at = sections.findIndex(({ id }) => id === section.id);
  const custom = section.layout === "custom";
  return (
    <Popover label={`Section ${section.name}`} class="nb-ws-button" icon={<Icon name="dots" />}>
      {(close) => {
        const doing = (work: () => void) => (): void => {
          close();
          work();
        };
        const move = (by: -1 | 1) => (): void =>
          project.editView(
            moveSection(sections, section.id, by),
            `move ${section.name} ${by < 0 ? "up" : "down"}`,
          );
        return (
          <>
            <Item onClick={doing(props.onAdd)}>Add panel…</Item>
            <Item onClick={doing(props.onRename)}>Rename</Item>
            <Item
              onClick={doing(() =>
                project.editView(
                  inSection(section.id, { layout: custom ? "standard" : "custom" }),
                  `lay out ${section.name}`,
                ),
              )}
            >
              {custom ? "Switch to standard layout" : "Switch to custom layout"}
            </Item>
            <Item disabled={at <= 0} onClick={doing(move(-1))}>
              Move up
            </Item>
            <Item disabled={at >= sections.length - 1} onClick={doing(move(1))}>
              Move down
            </Item>
            <Item
              onClick={doing(() =>
                project.editView(
                  addSection(sections, newId("section"), "New section", section.id),
                  "add a section",
                ),
              )}
            >
              Add section below
            </Item>
            <Item
              danger
              onClick={doing(() =>
                project.editView(inSection(section.id, { deleted: true }), `delete ${section.name}`),
              )}
            >
              Delete section
            </Item>
          </>
        );
      }}
    </Popover>
  );
}

/** A name that is being typed; Escape leaves it as it was. */
export function NameField(props: {
  name: string;
  label?: string;
  onDone: (name: string | null) => void;
}): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => field.current?.select(), []);
  const end = (name: string | null): void => {
    if (done.current) return;
    done.current = true;
    props.onDone(name);
  };
  return (
    <input
      ref={field}
      class="nb-search nb-ws-name"
      aria-label={props.label ?? `Name of ${props.name}`}
      defaultValue={props.name}
      maxLength={200}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") end(event.currentTarget.value.trim());
        else if (event.key === "Escape") end(null);
      }}
      onBlur={(event) => end(event.currentTarget.value.trim())}
    />
  );
}
