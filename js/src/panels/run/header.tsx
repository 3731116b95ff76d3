// Name, state and pace of a run, and where what is shown comes from.

import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { formatDuration, formatRate, formatStep } from "../../core/format";
import type { RunModel } from "../../core/run-model";
import { isOpen, type Session } from "../../core/session";
import { rateOf, sourceText, stateText } from "./logic";

export function Header(props: { run: RunModel; session: Session }): JSX.Element {
  const { run, session } = props;
  const info = run.info.value;
  const name = info?.name || session.hello.title || run.id;
  return (
    <header class="nb-header">
      <span class="nb-state" data-state={info?.state ?? "waiting"}>
        <span class="nb-dot" aria-hidden="true" />
        {info && stateText(info)}
      </span>
      <span class="nb-name" title={info ? `${info.name} · run ${info.id}` : run.id}>
        {name}
      </span>
      {info && (
        <span class="nb-quiet nb-project">
          {info.entity ? `${info.entity}/${info.project}` : info.project}
        </span>
      )}
      {info?.tags.map((tag) => (
        <span key={tag} class="nb-tag">
          {tag}
        </span>
      ))}
      <span class="nb-spring" />
      <SourceNote run={run} session={session} />
      {info && <Pace run={run} live={session.source.value === "live"} />}
    </header>
  );
}

function SourceNote(props: { run: RunModel; session: Session }): JSX.Element | null {
  const { session, run } = props;
  const source = session.source.value;
  const text = sourceText(
    source,
    session.kernel.reason.value,
    session.kernel.busy.value,
    run.info.value !== null && isOpen(run.info.value.state),
  );
  if (!text) return null;
  return (
    <span class="nb-source" data-source={source} role="status">
      {text}
    </span>
  );
}

function Pace(props: { run: RunModel; live: boolean }): JSX.Element {
  const { run, live } = props;
  const clock = run.series("_runtime");
  const now = useSignal(performance.now());
  // When the newest point came: from then on the run's time goes on by our own clock.
  const arrived = useComputed(() => {
    clock.version.value;
    return performance.now();
  });
  const open = run.info.value?.state === "running" && live;
  useEffect(() => {
    if (!open) return undefined;
    const timer = setInterval(() => {
      now.value = performance.now();
    }, 1000);
    return () => clearInterval(timer);
  }, [open]);

  const since = arrived.value;
  const last = clock.n > 0 ? (clock.values[clock.values.length - 1] as number) : Number.NaN;
  const elapsed = open ? last + Math.max(0, now.value - since) / 1000 : last;
  const rate = open ? formatRate(rateOf(clock.steps, clock.values)) : "";
  const step = run.lastStep.value;
  return (
    <span class="nb-pace nb-number">
      {step >= 0 && <span title="Last step">step {formatStep(step)}</span>}
      {Number.isFinite(elapsed) && <span title="Running time">{formatDuration(elapsed)}</span>}
      {rate && <span title="Over the last ten seconds">{rate}</span>}
    </span>
  );
}
