// Several runs under one slider: curves over each other, media side by side at the same step, what was different.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Cursor } from "../../core/cursor";
import { EmptyState, SearchField, Section, Slider, useCursorKeys } from "../../core/panel";
import { useReadAhead } from "../../core/read-ahead";
import { type PanelProps, partOf, type RunView, registerPanel, viewerOf } from "../../core/registry";
import type { Session } from "../../core/session";
import { legendLines } from "../../viewers/curves/grouping";
import { optionsOf } from "../../viewers/curves/options";
import { CurveTools, Expressions } from "../../viewers/curves/tools";
import { matcher } from "../run/logic";
import { Notices } from "../run/view";
import { Header } from "./header";
import { colorOfRun, type KeyedRuns, keysOf, labelsOf } from "./logic";
import "./style.css";

/** Runs whose media stand beside each other; nobody looks at more of them at a time. */
const MEDIA_RUNS = 50;

export function ComparePanel(props: PanelProps): JSX.Element {
  const { session, cursor } = props;
  const Cells = partOf("cells");
  const Code = partOf("code");
  const { runs: models } = session;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [query, setQuery] = useState("");
  const cell = useSignal<number | null>(null);
  const [picked, setPicked] = useState<{ run: RunView; step: number } | null>(null);
  const root = useRef<HTMLDivElement>(null);
  useReadAhead(session, cursor, models.slice(0, MEDIA_RUNS));
  useCursorKeys(root, cursor);

  const labels = labelsOf(models.map(({ id, info }) => ({ id, name: info.value?.name ?? "" })));
  const identity = labels.join("\n");
  // Colors belong to the run, not to its place among those that are shown.
  const all = useMemo(
    () => models.map((model, i): RunView => ({ model, color: colorOfRun(i), label: labels[i] ?? model.id })),
    [models, identity],
  );
  const shown = useMemo(() => all.filter((run) => !hidden.has(run.model.id)), [all, hidden]);

  const wanted = matcher(query);
  const keys = keysOf(shown.map((run) => ({ run, keys: shownKeys(run) })));
  const matching = keys.filter(({ key }) => wanted(key));
  const curves = matching.filter(({ kind }) => kind === "number");
  const media = matching.filter(({ kind }) => kind !== "number");
  const openCell = (run: RunView, step: number): void => {
    setPicked({ run, step });
    cell.value = run.model.cellAt(step);
  };

  if (models.length === 0)
    return (
      <div class="nb-panel">
        <EmptyState title="No runs to compare">
          Name runs or a project: <code>nbtrack.compare("digits")</code>
        </EmptyState>
      </div>
    );
  return (
    <div ref={root} class="nb-panel nb-compare">
      <Header session={session} runs={all} hidden={hidden} onHide={setHidden} />
      <Notices session={session} />
      <div class="nb-bar">
        <Slider cursor={cursor} />
      </div>
      <div class="nb-tools">
        <SearchField label="Search keys" value={query} onInput={setQuery} />
        <CurveTools cursor={cursor} runs={shown} io={session} />
      </div>
      {shown.length === 0 ? (
        <EmptyState title="All runs are hidden">
          <button type="button" class="nb-link" onClick={() => setHidden(new Set())}>
            Show all
          </button>
        </EmptyState>
      ) : (
        <>
          {keys.length > 0 && matching.length === 0 && (
            <EmptyState title={`None of ${keys.length} keys matches “${query}”.`} />
          )}
          {keys.length === 0 && (
            <EmptyState
              title={
                shown.every((run) => !run.model.info.value)
                  ? "Waiting for the first data…"
                  : session.hello.keys
                    ? `Nothing logged yet under ${session.hello.keys.join(", ")}`
                    : "Nothing logged yet"
              }
            />
          )}
          {curves.length > 0 && (
            <Section title="Charts" count={curves.length}>
              <div
                class={shown.length > 1 ? "nb-grid nb-several" : "nb-grid"}
                style={{ "--nb-grid-lines": legendLines(shown, optionsOf(cursor).grouping.value?.by) }}
              >
                <Expressions cursor={cursor} runs={shown} io={session} onPick={openCell} />
                {curves.map((keyed) => (
                  <Shown key={keyed.key} keyed={keyed} cursor={cursor} session={session} onPick={openCell} />
                ))}
              </div>
            </Section>
          )}
          {media.length > 0 && (
            <Section title="Media" count={media.length}>
              <div class="nb-media-grid">
                {media.map((keyed) => (
                  <Card
                    key={`${keyed.kind}\n${keyed.key}`}
                    keyed={keyed}
                    of={shown.length}
                    cursor={cursor}
                    session={session}
                    onPick={openCell}
                  />
                ))}
              </div>
            </Section>
          )}
          <FactsOf runs={shown} baseline={session.hello.baseline} />
          {Cells && shown.length > 1 && (
            <Section title="Cells" open={false}>
              <Cells runs={shown} cursor={cursor} io={session} />
            </Section>
          )}
          {Code && (
            <Section title="Code and packages" open={false}>
              <Code runs={shown} io={session} />
            </Section>
          )}
        </>
      )}
      {picked && <Drawer run={picked.run} step={picked.step} cell={cell} session={session} />}
    </div>
  );
}

/** The keys of a run that its definitions do not hide. */
function shownKeys({ model }: RunView): { key: string; kind: string }[] {
  const metrics = model.info.value?.metrics ?? {};
  const numbers = model.numericKeys.value.map((key) => ({ key, kind: "number" }));
  return [...numbers, ...model.mediaKeys.value].filter(({ key }) => !metrics[key]?.hidden);
}

interface ShownProps {
  keyed: KeyedRuns<RunView>;
  cursor: Cursor;
  session: Session;
  onPick: (run: RunView, step: number) => void;
}

function Shown(props: ShownProps): JSX.Element {
  const { keyed, cursor, session, onPick } = props;
  const { key, kind, runs } = keyed;
  const viewer = viewerOf(kind);
  if (!viewer) return <EmptyState title={`This version shows no “${kind}” yet; it is safe in the store.`} />;
  return <viewer.component runs={runs} name={key} kind={kind} cursor={cursor} io={session} onPick={onPick} />;
}

function Card(props: ShownProps & { of: number }): JSX.Element {
  const { key, kind, runs } = props.keyed;
  const viewer = viewerOf(kind);
  const few = runs.length > MEDIA_RUNS ? { ...props.keyed, runs: runs.slice(0, MEDIA_RUNS) } : props.keyed;
  return (
    <section class="nb-card nb-wide" aria-label={key}>
      <div class="nb-card-head">
        <span class="nb-card-title" title={key}>
          {key}
        </span>
        <span class="nb-quiet nb-card-kind">
          {viewer?.title ?? kind}
          {few !== props.keyed
            ? `: the first ${MEDIA_RUNS} of ${runs.length} runs; hide some to see others`
            : runs.length < props.of && ` of ${runs.length} in ${props.of} runs`}
        </span>
      </div>
      <Shown {...props} keyed={few} />
    </section>
  );
}

function FactsOf(props: { runs: RunView[]; baseline: string | undefined }): JSX.Element | null {
  const Table = partOf("facts");
  if (!Table) return null;
  return (
    <Section title="Config and summary">
      <Table {...props} />
    </Section>
  );
}

function Drawer(props: {
  run: RunView;
  step: number;
  cell: Signal<number | null>;
  session: Session;
}): JSX.Element | null {
  const { run, step, cell, session } = props;
  const Part = partOf("cell");
  const place = useRef<HTMLDivElement>(null);
  const open = cell.value !== null;
  useEffect(() => {
    if (open) place.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  if (!open || !Part) return null;
  return (
    <div class="nb-drawer nb-own-keys" ref={place}>
      <Part run={run} cell={cell} step={step} io={session} />
    </div>
  );
}

registerPanel("compare", ComparePanel);
