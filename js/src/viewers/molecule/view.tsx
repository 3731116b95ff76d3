// Molecules at the cursor's step: the slider moves through a trajectory, the camera stays.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { formatStep } from "../../core/format";
import { messageOf } from "../../core/message";
import { ErrorLine, Segmented, Toolbar } from "../../core/panel";
import type { RunView, ViewerProps } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { EachRun } from "../rows";
import { Cameras } from "./cameras";
import { Choice, Switch, Toggle } from "./controls";
import { type Look, PLAIN, type Scheme, type Style } from "./look";
import type { Pool } from "./pool";
import { type Measure, type Reference, type Shared, Stage } from "./stage";
import type { Pairing } from "./superpose";

const STYLES: readonly { value: Style; label: string; tip: string }[] = [
  { value: "cartoon", label: "Cartoon", tip: "Ribbons for chains, balls and sticks for the rest" },
  { value: "balls", label: "Balls", tip: "Balls and sticks" },
  { value: "sticks", label: "Sticks", tip: "Bonds" },
  { value: "spheres", label: "Spheres", tip: "Atoms at their van der Waals size" },
  { value: "lines", label: "Lines", tip: "Thin bonds, for what is large" },
];
const SCHEMES: readonly { value: Scheme; label: string }[] = [
  { value: "element", label: "element" },
  { value: "chain", label: "chain" },
  { value: "residue", label: "residue type" },
  { value: "structure", label: "secondary structure" },
  { value: "spectrum", label: "spectrum" },
  { value: "b", label: "B-factor" },
];
const PAIRINGS: readonly { value: Pairing; label: string }[] = [
  { value: "heavy", label: "without hydrogens" },
  { value: "all", label: "all atoms" },
];
const GROUND_NAMES: readonly { value: "light" | "dark"; label: string }[] = [
  { value: "light", label: "light" },
  { value: "dark", label: "dark" },
];
/** Degrees a second. */
const SPIN = 36;

/** What the molecules are laid on: nothing, a step of each run, another run at the same step, a model of their own. */
type Base =
  | { kind: "step"; step: number }
  | { kind: "run"; run: string }
  | { kind: "model"; model: number }
  | null;

export function MoleculeViewer(props: ViewerProps): JSX.Element {
  const { runs, name, kind, cursor, io } = props;
  const cameras = useRef<Cameras | null>(null);
  if (!cameras.current) cameras.current = new Cameras();
  const shared: Shared = {
    io,
    cameras: cameras.current,
    pool: useSignal<Pool | null>(null),
    look: useSignal<Look>(PLAIN),
    measuring: useSignal(false),
    measures: useSignal<readonly Measure[]>([]),
    picked: useSignal<Shared["picked"]["value"]>(null),
    models: useSignal<Shared["models"]["value"]>(new Map()),
    pairing: useSignal<Pairing | null>(null),
    depictions: useSignal(true),
    spinning: useSignal(false),
  };
  const base = useSignal<Base>(null);
  const linked = useSignal(true);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  const root = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const stop = new AbortController();
    io.library("mol3d", stop.signal).then(
      (library) => {
        error.value = null;
        shared.pool.value = (library as { pool: Pool }).pool;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [tries.value]);

  useSpin(root, shared);

  // What the slider shows next comes ahead.
  const step = cursor.step.value;
  useEffect(() => {
    const rest = setTimeout(() => {
      for (const { model } of runs) {
        const steps = model.mediaSteps(name, kind);
        const at = steps.indexOf(cursor.resolve(steps, model) ?? Number.NaN);
        const near = [at + 1, at - 1, at + 2].flatMap((i) =>
          at >= 0 && i >= 0 && i < steps.length ? model.mediaAt(name, kind, steps[i] as number) : [],
        );
        const files = near.flatMap((row) => {
          const parts = row.meta.parts as { depiction?: string } | undefined;
          return [row.blob, parts?.depiction ?? null].filter((sha): sha is string => sha !== null);
        });
        if (files.length > 0) io.prefetch(model.id, files, null);
      }
    }, 120);
    return () => clearTimeout(rest);
  }, [step]);

  const rowOf = (run: RunView, at: number | null, idx: number): MediaRow | null =>
    at === null ? null : (run.model.mediaAt(name, kind, at).find((row) => row.idx === idx) ?? null);
  const referenceOf = (run: RunView, row: MediaRow): Reference | null => {
    const wanted = base.value;
    if (wanted === null) return null;
    if (wanted.kind === "model")
      return { run, row, model: wanted.model, label: `model ${formatStep(wanted.model + 1)}` };
    const from = wanted.kind === "run" ? runs.find((one) => one.model.id === wanted.run) : run;
    if (!from) return null;
    const at =
      wanted.kind === "run" ? cursor.resolve(from.model.mediaSteps(name, kind), from.model) : wanted.step;
    const found = rowOf(from, at, row.idx);
    const label = wanted.kind === "run" ? from.label : `step ${formatStep(wanted.step)}`;
    return found && { run: from, row: found, model: null, label };
  };

  const shown = runs.flatMap(({ model }) => {
    const at = cursor.resolve(model.mediaSteps(name, kind), model);
    return at === null ? [] : model.mediaAt(name, kind, at);
  });
  const chains = shown.some((row) => typeof row.meta.residues === "number");
  const flat = shown.some((row) => (row.meta.parts as { depiction?: string } | undefined)?.depiction);
  const several = shown.find((row) => Number(row.meta.models ?? 1) > 1);
  const look = shared.look.value;
  const change = (part: Partial<Look>): void => {
    shared.look.value = { ...look, ...part };
  };
  const styles = chains ? STYLES : STYLES.filter((one) => one.value !== "cartoon");

  return (
    <div class="nb-molecule" ref={root}>
      <Toolbar label="How the molecule is drawn">
        <Segmented
          label="Style"
          value={
            (look.style === "cartoon" && !chains ? "balls" : look.style) ?? (chains ? "cartoon" : "balls")
          }
          options={styles}
          onChange={(style) => change({ style })}
        />
        <Choice
          label="Color"
          value={look.scheme}
          none="by style"
          options={SCHEMES}
          onChange={(scheme) => change({ scheme })}
        />
        <Toggle
          label="Surface"
          tip="The surface that a solvent sees"
          on={look.surface}
          onClick={() => change({ surface: !look.surface })}
        />
        <Toggle
          label="H"
          tip="Hydrogens"
          on={look.hydrogens}
          onClick={() => change({ hydrogens: !look.hydrogens })}
        />
        {flat && <Switch label="2-D" tip="The structural formula beside it" of={shared.depictions} />}
        <Switch label="Spin" tip="Turn slowly" of={shared.spinning} />
        <Toggle
          label="Measure"
          tip="Click two atoms for their distance"
          on={shared.measuring.value}
          onClick={() => {
            shared.measuring.value = !shared.measuring.value;
            shared.picked.value = null;
          }}
        />
        <BaseSelect
          {...props}
          base={base.value}
          model={several ? (shared.models.value.get(several.idx) ?? 0) : null}
          onChange={(value) => {
            base.value = value;
          }}
        />
        {base.value && (
          <Choice
            label="over"
            value={shared.pairing.value}
            none="backbone or heavy"
            options={PAIRINGS}
            onChange={(pairing) => {
              shared.pairing.value = pairing;
            }}
          />
        )}
        {runs.length > 1 && (
          <Toggle
            label="Link"
            tip="One camera for all runs"
            on={linked.value}
            onClick={() => {
              linked.value = !linked.value;
              shared.cameras.linked = linked.value;
            }}
          />
        )}
        <Choice
          label="Ground"
          value={look.ground}
          none="page"
          options={GROUND_NAMES}
          onChange={(ground) => change({ ground })}
        />
        {shared.measuring.value && (
          <span class="nb-quiet nb-molecule-hint">
            {shared.picked.value
              ? `from ${shared.picked.value.atom.name}: click another atom`
              : "click an atom"}
          </span>
        )}
      </Toolbar>
      {error.value && <ErrorLine text={error.value} retry={() => tries.value++} />}
      <EachRun {...props} class="nb-molecule-runs">
        {(rows, run) => (
          <div class="nb-molecule-list" data-count={Math.min(rows.length, 4)}>
            {rows.map((row) => (
              <Stage key={row.idx} run={run} row={row} reference={referenceOf(run, row)} shared={shared} />
            ))}
          </div>
        )}
      </EachRun>
    </div>
  );
}

function BaseSelect(
  props: ViewerProps & {
    base: Base;
    /** The model that is shown first of files with several; null: there are none. */
    model: number | null;
    onChange: (base: Base) => void;
  },
): JSX.Element | null {
  const { runs, name, kind, cursor, base, model } = props;
  const steps = runs.flatMap(({ model }) => [...model.mediaSteps(name, kind)]);
  const first = steps.length > 0 ? Math.min(...steps) : null;
  const many = first !== null && steps.some((step) => step !== first);
  const now = runs[0] ? cursor.resolve(runs[0].model.mediaSteps(name, kind), runs[0].model) : null;
  const pinned = base?.kind === "step" ? base.step : null;
  const bases: { base: Base & object; label: string }[] = [];
  if (runs.length > 1)
    for (const run of runs) bases.push({ base: { kind: "run", run: run.model.id }, label: run.label });
  if (many)
    for (const step of inOrder([first, now, pinned]))
      bases.push({
        base: { kind: "step", step },
        label: `step ${formatStep(step)}${step === first ? " (first)" : step === now ? " (this one)" : ""}`,
      });
  if (model !== null)
    for (const at of inOrder([0, model, base?.kind === "model" ? base.model : null]))
      bases.push({
        base: { kind: "model", model: at },
        label: `model ${formatStep(at + 1)}${at === 0 ? " (first)" : at === model ? " (this one)" : ""}`,
      });
  if (bases.length === 0) return null;
  return (
    <Choice
      label="Superpose on"
      value={base && keyOf(base)}
      none="nothing"
      options={bases.map((one) => ({ value: keyOf(one.base), label: one.label }))}
      onChange={(key) => props.onChange(bases.find((one) => keyOf(one.base) === key)?.base ?? null)}
    />
  );
}

function keyOf(base: Base & object): string {
  return JSON.stringify(base);
}

/** The numbers among these, once each. */
function inOrder(numbers: readonly (number | null)[]): number[] {
  return [...new Set(numbers.filter((one): one is number => one !== null))].sort((a, b) => a - b);
}

/** Turn everything while it spins and can be seen. */
function useSpin(root: { readonly current: HTMLElement | null }, shared: Shared): void {
  const on = shared.spinning.value;
  useEffect(() => {
    if (!on || !root.current) return undefined;
    let seen = true;
    const watcher = new IntersectionObserver(([entry]) => {
      seen = Boolean(entry?.isIntersecting);
    });
    watcher.observe(root.current);
    let last = performance.now();
    let next = requestAnimationFrame(function turn(now) {
      if (seen) shared.cameras.spin((SPIN * Math.min(now - last, 100)) / 1000);
      last = now;
      next = requestAnimationFrame(turn);
    });
    return () => {
      cancelAnimationFrame(next);
      watcher.disconnect();
    };
  }, [on]);
}
