// The form of a panel: its kind when it is new, what it draws, its title.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PanelKind } from "../document";
import { addPanel, inConfig, inPanel, newId } from "./changes";
import { type Config, Field } from "./fields";
import { Icon } from "./icons";
import { isFilled, KINDS, type Kind } from "./kinds";
import { type PanelModel, type SectionModel, titleOf } from "./sections";
import type { Work } from "./work";

/** What the form is for: a new panel of a section, or one that is there. */
export interface Editing {
  section: SectionModel;
  panel: PanelModel | null;
}

export function PanelEditor(props: { editing: Editing; work: Work; onClose: () => void }): JSX.Element {
  const { work } = props;
  const { section, panel } = props.editing;
  const dialog = useRef<HTMLDialogElement>(null);
  const chosen = useSignal<PanelKind | null>(panel?.kind ?? null);
  const config = useSignal<Config>({ ...panel?.config });
  const title = useSignal(panel && panel.title !== titleOf(panel.kind, panel.config) ? panel.title : "");
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  const kind = chosen.value ? KINDS[chosen.value] : undefined;
  const close = (): void => dialog.current?.close();
  const store = (event: Event): void => {
    event.preventDefault();
    if (!chosen.value || !kind || !isFilled(kind, config.value)) return;
    const { project } = work;
    if (panel) {
      const gone = Object.keys(panel.config).filter((name) => config.value[name] === undefined);
      project.editView(
        [
          ...inConfig(panel.id, Object.fromEntries(gone.map((name) => [name, null]))),
          ...inConfig(panel.id, config.value),
          ...(title.value || !panel.auto ? inPanel(panel.id, { title: title.value }) : []),
        ],
        `edit ${panel.title}`,
      );
    } else {
      const id = newId(chosen.value);
      project.editView(
        addPanel(section, id, chosen.value, { ...kind.starts, ...config.value }, title.value),
        `add ${kind.title.toLowerCase()}`,
      );
    }
    close();
  };
  return (
    <dialog
      ref={dialog}
      class="nb-ws-editor nb-own-keys"
      aria-label={panel ? `Settings of ${panel.title}` : `Add panel to ${section.name}`}
      onClose={props.onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <form onSubmit={store}>
        <header class="nb-ws-editor-head">
          <b>
            {panel ? panel.title : kind ? kind.title : "Add panel"}
            {!panel && <span class="nb-quiet"> · {section.name}</span>}
          </b>
          <button type="button" class="nb-ws-button" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {!kind ? (
          <Kinds onChoose={(name) => (chosen.value = name)} />
        ) : (
          <div class="nb-ws-form">
            {kind.form.map((spec) => (
              <Field key={spec.name} spec={spec} config={config} work={work} />
            ))}
            <label class="nb-ws-field">
              <span>Title</span>
              <input
                class="nb-search"
                value={title.value}
                maxLength={200}
                placeholder={
                  isFilled(kind, config.value) && chosen.value ? titleOf(chosen.value, config.value) : ""
                }
                onInput={(event) => {
                  title.value = event.currentTarget.value;
                }}
              />
            </label>
          </div>
        )}
        {kind && (
          <footer class="nb-ws-editor-foot">
            {!panel && (
              <button type="button" class="nb-link" onClick={() => (chosen.value = null)}>
                ← Other kinds
              </button>
            )}
            <span class="nb-spring" />
            <button type="submit" class="nb-button nb-ws-primary" disabled={!isFilled(kind, config.value)}>
              {panel ? "Save" : "Add panel"}
            </button>
          </footer>
        )}
      </form>
    </dialog>
  );
}

function Kinds(props: { onChoose: (kind: PanelKind) => void }): JSX.Element {
  return (
    <div class="nb-ws-kinds">
      {(Object.entries(KINDS) as [PanelKind, Kind][]).map(([name, { title, about, icon }]) => (
        <button key={name} type="button" class="nb-ws-kind" onClick={() => props.onChoose(name)}>
          <svg class="nb-ws-icon" viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
            <path d={icon} />
          </svg>
          <span>
            <b>{title}</b>
            <span class="nb-quiet">{about}</span>
          </span>
        </button>
      ))}
    </div>
  );
}
