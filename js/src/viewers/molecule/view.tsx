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
import { type Look, PLAIN, type Scheme, type Style } from "./look";
import type { Pool } from "./pool";
import { type Measure, type Shared, Stage } from "./stage";
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
const PAIRINGS: readonly { value: Pairing | "auto"; label: string }[] = [
  { value: "auto", label: "backbone, or no hydrogens" },
  { value: "heavy", label: "without hydrogens" },
  { value: "all", label: "all atoms" },
];
/** Degrees a second. */
const SPIN = 36;

/** What the molecules are laid on: nothing, a step of each run, or another run at the same step. */
type Base = { kind: "step"; step: number } | { kind: "run"; run: string } | null;

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
        const at = steps.indexOf(cursor.resolve(steps) ?? Number.NaN);
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
  const referenceOf = (run: RunView, idx: number): Parameters<typeof Stage>[0]["reference"] => {
    const wanted = base.value;
    if (wanted === null) return null;
    const from = wanted.kind === "run" ? runs.find((one) => one.model.id === wanted.run) : run;
    if (!from) return null;
    const at = wanted.kind === "run" ? cursor.resolve(from.model.mediaSteps(name, kind)) : wanted.step;
    const row = rowOf(from, at, idx);
    const label = wanted.kind === "run" ? from.label : `step ${formatStep(wanted.step)}`;
    return row && { run: from, row, label };
  };

  const shown = runs.flatMap(({ model }) => {
    const at = cursor.resolve(model.mediaSteps(name, kind));
    return at === null ? [] : model.mediaAt(name, kind, at);
  });
  const chains = shown.some((row) => typeof row.meta.residues === "number");
  const flat = shown.some((row) => (row.meta.parts as { depiction?: string } | undefined)?.depiction);
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
        <label class="nb-option">
          Color
          <select
            class="nb-select"
            value={look.scheme ?? "auto"}
            onChange={(event) => {
              const value = event.currentTarget.value;
              change({ scheme: value === "auto" ? null : (value as Scheme) });
            }}
          >
            <option value="auto">by style</option>
            {SCHEMES.map((one) => (
              <option key={one.value} value={one.value}>
                {one.label}
              </option>
            ))}
          </select>
        </label>
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
        {flat && (
          <Toggle
            label="2-D"
            tip="The structural formula beside it"
            on={shared.depictions.value}
            onClick={() => {
              shared.depictions.value = !shared.depictions.value;
            }}
          />
        )}
        <Toggle
          label="Spin"
          tip="Turn slowly"
          on={shared.spinning.value}
          onClick={() => {
            shared.spinning.value = !shared.spinning.value;
          }}
        />
        <Toggle
          label="Measure"
          tip="Click two atoms for their distance"
          on={shared.measuring.value}
          onClick={() => {
            shared.measuring.value = !shared.measuring.value;
            shared.picked.value = null;
          }}
        />
        <BaseSelect {...props} base={base.value} onChange={(value) => (base.value = value)} />
        {base.value && (
          <label class="nb-option">
            over
            <select
              class="nb-select"
              value={shared.pairing.value ?? "auto"}
              onChange={(event) => {
                const value = event.currentTarget.value;
                shared.pairing.value = value === "auto" ? null : (value as Pairing);
              }}
            >
              {PAIRINGS.map((one) => (
                <option key={one.value} value={one.value}>
                  {one.label}
                </option>
              ))}
            </select>
          </label>
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
        <label class="nb-option">
          Ground
          <select
            class="nb-select"
            value={look.ground ?? "auto"}
            onChange={(event) => {
              const value = event.currentTarget.value;
              change({ ground: value === "auto" ? null : (value as "light" | "dark") });
            }}
          >
            <option value="auto">page</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </select>
        </label>
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
              <Stage
                key={row.idx}
                run={run}
                row={row}
                reference={referenceOf(run, row.idx)}
                shared={shared}
              />
            ))}
          </div>
        )}
      </EachRun>
    </div>
  );
}

function Toggle(props: { label: string; tip: string; on: boolean; onClick: () => void }): JSX.Element {
  return (
    <button
      type="button"
      class={props.on ? "nb-toggle nb-on" : "nb-toggle"}
      title={props.tip}
      aria-pressed={props.on}
      onClick={props.onClick}
    >
      {props.label}
    </button>
  );
}

function BaseSelect(props: ViewerProps & { base: Base; onChange: (base: Base) => void }): JSX.Element | null {
  const { runs, name, kind, cursor, base } = props;
  const steps = runs.flatMap(({ model }) => [...model.mediaSteps(name, kind)]);
  const first = steps.length > 0 ? Math.min(...steps) : null;
  const many = first !== null && steps.some((step) => step !== first);
  if (!many && runs.length < 2) return null;
  const now = runs[0] ? cursor.resolve(runs[0].model.mediaSteps(name, kind)) : null;
  const pinned = base?.kind === "step" ? base.step : null;
  const offered = [...new Set([first, now, pinned].filter((step): step is number => step !== null))].sort(
    (a, b) => a - b,
  );
  const value = base === null ? "" : base.kind === "run" ? `run ${base.run}` : `step ${base.step}`;
  return (
    <label class="nb-option">
      Superpose on
      <select
        class="nb-select"
        value={value}
        onChange={(event) => {
          const [what, ...rest] = event.currentTarget.value.split(" ");
          const id = rest.join(" ");
          props.onChange(
            what === "run"
              ? { kind: "run", run: id }
              : what === "step"
                ? { kind: "step", step: Number(id) }
                : null,
          );
        }}
      >
        <option value="">nothing</option>
        {runs.length > 1 &&
          runs.map((run) => (
            <option key={run.model.id} value={`run ${run.model.id}`}>
              {run.label}
            </option>
          ))}
        {many &&
          offered.map((step) => (
            <option key={step} value={`step ${step}`}>
              step {formatStep(step)}
              {step === first ? " (first)" : step === now ? " (this one)" : ""}
            </option>
          ))}
      </select>
    </label>
  );
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
