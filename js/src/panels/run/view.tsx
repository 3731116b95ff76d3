// The live panel of one run: header, one slider for everything, curves and media by key prefix, config and summary.

import { type Signal, useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { colorOf } from "../../core/palette";
import { EmptyState, ErrorLine, IconButton, Section, Slider, useCursorKeys } from "../../core/panel";
import { useReadAhead } from "../../core/read-ahead";
import { type PanelProps, partOf, type RunView, registerPanel, viewerOf } from "../../core/registry";
import { RunModel } from "../../core/run-model";
import type { Session } from "../../core/session";
import { optionsOf } from "../../viewers/curves/options";
import { CurveTools, Expressions } from "../../viewers/curves/tools";
import { Header } from "./header";
import { type Group, groupKeys, type MediaKey, matcher } from "./logic";
import "./style.css";

/** The earlier run is drawn in gray behind the one that is watched. */
const EARLIER_COLOR = "#8a8f98";

interface Picked {
  run: RunView;
  step: number;
}

export function RunPanel(props: PanelProps): JSX.Element {
  const { session, cursor } = props;
  const run = session.runs[0] as RunModel;
  const earlier = useSignal<RunModel | null>(null);
  const picked = useSignal<Picked | null>(null);
  const cell = useSignal<number | null>(null);
  const query = useSignal("");
  const root = useRef<HTMLDivElement>(null);
  const info = run.info.value;
  const other = earlier.value;
  const views = useMemo(() => {
    const own: RunView = { model: run, color: colorOf(0), label: info?.name || run.id };
    if (!other) return [own];
    const label = other.info.value?.name || other.id;
    const unique = label === own.label ? `${label} (earlier)` : label;
    return [own, { model: other, color: EARLIER_COLOR, label: unique }];
  }, [run, other, info?.name, other?.info.value?.name]);
  useReadAhead(session, cursor, session.runs);
  useCursorKeys(root, cursor);

  const openCell = (view: RunView, step: number): void => {
    picked.value = { run: view, step };
    cell.value = view.model.cellAt(step);
  };
  const known = run.numericKeys.value.length + run.mediaKeys.value.length > 0;

  return (
    <div ref={root} class="nb-panel">
      <Header run={run} session={session} />
      <Notices session={session} />
      <Earlier run={run} session={session} shown={earlier} />
      {known ? (
        <>
          <div class="nb-bar">
            <Slider cursor={cursor} />
          </div>
          <Tools
            run={run}
            views={views}
            session={session}
            cursor={cursor}
            query={query}
            onCell={(step) => openCell(views[0] as RunView, step)}
          />
          <Groups {...props} run={run} views={views} query={query} onPick={openCell} />
        </>
      ) : (
        <Nothing session={session} run={run} />
      )}
      <Facts views={views} run={run} />
      <CellPlace picked={picked} cell={cell} session={session} />
    </div>
  );
}

export function Notices(props: { session: Session }): JSX.Element | null {
  const notices = props.session.notices.value;
  if (notices.length === 0) return null;
  return (
    <div class="nb-notices">
      {notices.map((notice) => (
        <div key={notice.id} class="nb-notice" data-level={notice.level} role="status">
          <span>{notice.text}</span>
          <IconButton icon="close" label="Dismiss" onClick={() => props.session.dismiss(notice)} />
        </div>
      ))}
    </div>
  );
}

/** Offered when the same cell wrote a run before this one. */
function Earlier(props: {
  run: RunModel;
  session: Session;
  shown: Signal<RunModel | null>;
}): JSX.Element | null {
  const { session, shown } = props;
  const busy = useSignal(false);
  const answer = useSignal<{ text: string; failed: boolean } | null>(null);
  const earlier = props.run.info.value?.earlier;
  if (!earlier) return null;
  const doing = (work: () => Promise<string | null>): void => {
    busy.value = true;
    work().then(
      (text) => {
        busy.value = false;
        answer.value = text === null ? null : { text, failed: false };
      },
      (error: unknown) => {
        busy.value = false;
        answer.value = { text: error instanceof Error ? error.message : String(error), failed: true };
      },
    );
  };
  const compare = async (): Promise<null> => {
    if (shown.value) {
      shown.value = null;
      return null;
    }
    const model = new RunModel(earlier.id);
    await session.sync(model);
    shown.value = model;
    return null;
  };
  return (
    <div class="nb-earlier">
      <span>
        Earlier run of this cell: <b>{earlier.name || earlier.id}</b>{" "}
        <span class="nb-quiet">{earlier.state}</span>
      </span>
      <button type="button" class="nb-button" disabled={busy.value} onClick={() => doing(compare)}>
        {shown.value ? "Hide" : "Compare"}
      </button>
      <button
        type="button"
        class="nb-button"
        disabled={busy.value || session.kernel.gone.value}
        title={
          session.kernel.gone.value
            ? "The kernel is gone"
            : "Go on with the earlier run the next time the cell runs"
        }
        onClick={() => doing(() => session.resume(earlier.id))}
      >
        Resume
      </button>
      {answer.value &&
        (answer.value.failed ? (
          <ErrorLine text={answer.value.text} />
        ) : (
          <span class="nb-quiet" role="status">
            {answer.value.text}
          </span>
        ))}
    </div>
  );
}

function Tools(props: {
  run: RunModel;
  views: RunView[];
  session: Session;
  cursor: Cursor;
  query: Signal<string>;
  onCell: (step: number) => void;
}): JSX.Element {
  const { run, cursor, query } = props;
  const id = run.cellAt(cursor.step.value);
  const cell = id === null ? undefined : run.cells.value.get(id);
  return (
    <div class="nb-tools">
      <input
        type="search"
        class="nb-search"
        placeholder="Search keys"
        aria-label="Search keys"
        title="Words in any order, or a regular expression between slashes"
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") query.value = "";
        }}
      />
      <CurveTools cursor={cursor} runs={props.views} io={props.session} />
      <span class="nb-spring" />
      {cell && (
        <button
          type="button"
          class="nb-link"
          title="Source of the cell that logged this step, and what changed in it"
          onClick={() => props.onCell(cursor.step.value)}
        >
          cell [{cell.count || cell.id}]
        </button>
      )}
    </div>
  );
}

function Groups(
  props: PanelProps & {
    run: RunModel;
    views: RunView[];
    query: Signal<string>;
    onPick: (run: RunView, step: number) => void;
  },
): JSX.Element {
  const { run, query } = props;
  const groups = useComputed((): { shown: Group[]; total: number } => {
    const wanted = matcher(query.value);
    const metrics = run.info.value?.metrics ?? {};
    const curves = run.numericKeys.value.filter((key) => !metrics[key]?.hidden);
    const media = run.mediaKeys.value.filter(({ key }) => !metrics[key]?.hidden);
    const shown = groupKeys(
      curves.filter(wanted),
      media.filter(({ key }) => wanted(key)),
    );
    return { shown, total: curves.length + media.length };
  }).value;
  if (groups.shown.length === 0) {
    return (
      <EmptyState title={`None of ${groups.total} keys matches “${query.value}”.`}>
        <button
          type="button"
          class="nb-link"
          onClick={() => {
            query.value = "";
          }}
        >
          Show all
        </button>
      </EmptyState>
    );
  }
  const { views, cursor, session, onPick } = props;
  return (
    <>
      <Computed cursor={cursor} views={views} session={session} onPick={onPick} />
      {groups.shown.map((group) => (
        <Section key={group.id} title={group.title} count={group.curves.length + group.media.length}>
          {group.curves.length > 0 && (
            <div class="nb-grid">
              {group.curves.map((key) => (
                <CurveCell key={key} {...props} name={key} />
              ))}
            </div>
          )}
          {group.media.length > 0 && (
            <div class="nb-media-grid">
              {group.media.map((medium) => (
                <MediaCell
                  key={`${medium.kind}\n${medium.key}`}
                  {...props}
                  medium={medium}
                  all={group.media}
                />
              ))}
            </div>
          )}
        </Section>
      ))}
    </>
  );
}

function Computed(props: CellProps): JSX.Element | null {
  const { views, cursor, session, onPick } = props;
  const { length } = optionsOf(cursor).expressions.value;
  if (length === 0) return null;
  return (
    <Section title="Expressions" count={length}>
      <div class="nb-grid">
        <Expressions runs={views} cursor={cursor} io={session} onPick={onPick} />
      </div>
    </Section>
  );
}

interface CellProps {
  views: RunView[];
  cursor: Cursor;
  session: Session;
  onPick: (run: RunView, step: number) => void;
}

function CurveCell(props: CellProps & { name: string }): JSX.Element {
  const Curve = viewerOf("number")?.component;
  if (!Curve) return <ErrorLine text={`No viewer for the numbers of ${props.name}`} />;
  const { views, name, cursor, session, onPick } = props;
  return <Curve runs={views} name={name} kind="number" cursor={cursor} io={session} onPick={onPick} />;
}

function MediaCell(props: CellProps & { medium: MediaKey; all: readonly MediaKey[] }): JSX.Element {
  const { views, cursor, session, onPick } = props;
  const { key: name, kind } = props.medium;
  const viewer = viewerOf(kind);
  const several = props.all.filter((medium) => medium.key === name).length > 1;
  return (
    <section class={viewer?.wide ? "nb-card nb-wide" : "nb-card"} aria-label={name}>
      <div class="nb-card-head">
        <span class="nb-card-title" title={name}>
          {name}
        </span>
        {several && <span class="nb-quiet">{viewer?.title ?? kind}</span>}
      </div>
      {viewer ? (
        <viewer.component runs={views} name={name} kind={kind} cursor={cursor} io={session} onPick={onPick} />
      ) : (
        <EmptyState title={`This version shows no “${kind}” yet; it is safe in the store.`} />
      )}
    </section>
  );
}

function Facts(props: { views: RunView[]; run: RunModel }): JSX.Element | null {
  const Table = partOf("facts");
  const { run } = props;
  const count = Object.keys(run.config.value).length + Object.keys(run.summary.value).length;
  if (!Table || count === 0) return null;
  return (
    <Section title="Config and summary" count={count}>
      <Table runs={props.views} />
    </Section>
  );
}

function Nothing(props: { session: Session; run: RunModel }): JSX.Element {
  const { session, run } = props;
  if (run.info.value) {
    return (
      <EmptyState title="Nothing logged yet">
        <code>run.log({'{"loss": 0.3}'})</code> draws the first curve.
      </EmptyState>
    );
  }
  if (session.source.value === "gone-stale") {
    return (
      <EmptyState title="There is no kernel behind this panel, and no server that reads its store.">
        Run the cell again to see the run.
      </EmptyState>
    );
  }
  return <EmptyState title="Waiting for the first data…" />;
}

function CellPlace(props: {
  picked: Signal<Picked | null>;
  cell: Signal<number | null>;
  session: Session;
}): JSX.Element | null {
  const Drawer = partOf("cell");
  const place = useRef<HTMLDivElement>(null);
  const { picked, cell, session } = props;
  const open = cell.value !== null && picked.value !== null;
  useEffect(() => {
    if (open) place.current?.scrollIntoView({ block: "nearest" });
  }, [open, cell.value]);
  if (!open || !Drawer || !picked.value) return null;
  return (
    <div class="nb-drawer nb-own-keys" ref={place}>
      <Drawer run={picked.value.run} cell={cell} step={picked.value.step} io={session} />
    </div>
  );
}

registerPanel("run", RunPanel);
