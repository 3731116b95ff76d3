// What every viewer of media has in common: for each run the objects at the cursor's step, or a word on why there are
// none; and the bytes of one object.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Io } from "../core/io";
import { messageOf } from "../core/message";
import { EmptyState } from "../core/panel";
import type { RunView, ViewerProps } from "../core/registry";
import type { MediaRow } from "../core/wire";
import { ActualStep, absence, RunLabel } from "./run-label";

/** A column for each run with what `children` makes of its rows at the cursor's step. */
export function EachRun(
  props: ViewerProps & { class: string; children: (rows: MediaRow[], run: RunView) => JSX.Element },
): JSX.Element {
  const { runs, name, kind, cursor, children } = props;
  return (
    <div class={`nb-each-run ${props.class}`} data-runs={runs.length}>
      {runs.map((run) => {
        const steps = run.model.mediaSteps(name, kind);
        const step = cursor.resolve(steps, run.model);
        const rows = step === null ? [] : run.model.mediaAt(name, kind, step);
        return (
          <div class="nb-one-run" key={run.model.id}>
            {runs.length > 1 && (
              <RunLabel run={run}>
                <ActualStep step={step} cursor={cursor.at(run.model)} />
              </RunLabel>
            )}
            {rows.length > 0 ? (
              children(rows, run)
            ) : (
              <EmptyState title={absence(steps, cursor.at(run.model), cursor.mode.value === "exact")} />
            )}
          </div>
        );
      })}
    </div>
  );
}

export interface Loaded {
  /** Null while it is not there. The last one stays until the next has come, so that nothing flickers. */
  data: ReadonlySignal<Blob | null>;
  error: ReadonlySignal<string | null>;
  retry: () => void;
}

/** The original bytes of an object; of an object that is still being stored, as soon as they are. */
export function useBlob(io: Io, run: string, row: MediaRow): Loaded {
  const data = useSignal<Blob | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  useEffect(() => {
    if (!row.blob) return undefined;
    const stop = new AbortController();
    io.blob(run, row.blob, null, stop.signal).then(
      (blob) => {
        error.value = null;
        data.value = blob;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [row.blob, tries.value]);
  return { data, error, retry: () => tries.value++ };
}
