// One panel in its section: what it draws, its menu, and the places by which it is dragged and pulled larger.

import { useSignal } from "@preact/signals";
import type { CSSProperties, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { EmptyState } from "../../../core/panel";
import { Item, Popover } from "../table/popover";
import { inPanel, movePanel } from "./changes";
import { type Dragged, type Dragging, PANEL_MARK, pulled } from "./drag";
import { Icon } from "./icons";
import { KINDS } from "./kinds";
import type { PanelModel, SectionModel } from "./sections";
import type { Work } from "./work";

export interface PaneProps {
  panel: PanelModel;
  section: SectionModel;
  sections: readonly SectionModel[];
  work: Work;
  dragging: Dragging;
  onEdit: (panel: PanelModel) => void;
}

const STEPS: { readonly [key: string]: readonly [wider: number, higher: number] } = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

export function Pane(
  props: PaneProps & {
    class: string;
    style: CSSProperties;
    onDrop: (end: Dragged) => void;
    onPull: (dx: number, dy: number) => void;
    onPulled: (moved: boolean) => void;
    /** One size wider or higher (1), narrower or lower (-1). */
    onStep: (wider: number, higher: number) => void;
  },
): JSX.Element {
  const { panel, work, dragging } = props;
  const pane = useRef<HTMLDivElement>(null);
  const large = useSignal(false);
  const Body = KINDS[panel.kind]?.body;
  const press = (event: PointerEvent): void => {
    const target = event.target as HTMLElement;
    if (event.button !== 0 || !pane.current || !target.closest(".nb-card-head")) return;
    if (target.closest("button, input, a, select, .nb-popover-box")) return;
    event.preventDefault();
    dragging.start(event, pane.current, panel, props.onDrop);
  };
  const body = (): JSX.Element =>
    Body ? (
      <Body panel={panel} work={work} />
    ) : (
      <section class="nb-card nb-ws-card" aria-label={panel.title}>
        <div class="nb-card-head">
          <span class="nb-card-title">{panel.title}</span>
        </div>
        <EmptyState title={`This version draws no “${panel.kind}” yet.`} />
      </section>
    );
  const moved = dragging.now.value?.panel.id === panel.id;
  return (
    <div
      ref={pane}
      class={`nb-ws-pane ${props.class}${moved ? " nb-ws-moved" : ""}`}
      style={props.style}
      {...{ [PANEL_MARK]: panel.id }}
      onPointerDown={press}
    >
      {body()}
      <PaneMenu
        {...props}
        onEnlarge={() => {
          large.value = true;
        }}
      />
      <button
        type="button"
        class="nb-ws-corner"
        aria-label={`Size of ${panel.title}: arrow keys`}
        title="Drag, or use the arrow keys, to resize"
        onPointerDown={(event) => pulled(event, props.onPull, props.onPulled)}
        onKeyDown={(event) => {
          const step = STEPS[event.key];
          if (!step) return;
          event.preventDefault();
          event.stopPropagation();
          props.onStep(...step);
        }}
      />
      {large.value && <Large title={panel.title} onClose={() => (large.value = false)} body={body} />}
    </div>
  );
}

function PaneMenu(props: PaneProps & { onEnlarge: () => void }): JSX.Element {
  const { panel, section, sections, work } = props;
  const moving = useSignal(false);
  const { project } = work;
  const at = section.panels.findIndex(({ id }) => id === panel.id);
  const move = (to: SectionModel, index: number, label: string): void =>
    project.editView(movePanel(panel, to, index), label);
  const editable = !panel.auto && (KINDS[panel.kind]?.form.length ?? 0) > 0;
  return (
    <div class="nb-ws-pane-menu">
      <Popover label={`Panel ${panel.title}`} class="nb-ws-button" icon={<Icon name="dots" />}>
        {(close) => {
          const doing = (work: () => void) => (): void => {
            close();
            moving.value = false;
            work();
          };
          if (moving.value)
            return (
              <>
                <div class="nb-ws-menu-title">Move to section</div>
                {sections
                  .filter(({ id }) => id !== section.id)
                  .map((to) => (
                    <Item key={to.id} onClick={doing(() => move(to, 0, `move ${panel.title} to ${to.name}`))}>
                      {to.name}
                    </Item>
                  ))}
                {sections.length < 2 && <div class="nb-ws-menu-title">There is no other section.</div>}
              </>
            );
          return (
            <>
              <Item onClick={doing(props.onEnlarge)}>Enlarge</Item>
              <Item onClick={doing(() => props.onEdit(panel))}>
                {editable ? "Edit…" : "Name and settings…"}
              </Item>
              <Item
                onClick={() => {
                  moving.value = true;
                }}
              >
                Move to section…
              </Item>
              <Item
                disabled={at <= 0}
                onClick={doing(() => move(section, at - 1, `move ${panel.title} forward`))}
              >
                Move forward
              </Item>
              <Item
                disabled={at >= section.panels.length - 1}
                onClick={doing(() => move(section, at + 1, `move ${panel.title} back`))}
              >
                Move back
              </Item>
              <Item
                danger
                onClick={doing(() =>
                  project.editView(inPanel(panel.id, { deleted: true }), `delete ${panel.title}`),
                )}
              >
                Delete panel
              </Item>
            </>
          );
        }}
      </Popover>
    </div>
  );
}

/** A panel alone, over the page. */
function Large(props: { title: string; onClose: () => void; body: () => JSX.Element }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      class="nb-ws-large"
      aria-label={props.title}
      onClose={props.onClose}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="nb-ws-large-inside">
        <button
          type="button"
          class="nb-ws-button nb-ws-large-close"
          aria-label="Close"
          title="Close (Escape)"
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
        {props.body()}
      </div>
    </dialog>
  );
}
