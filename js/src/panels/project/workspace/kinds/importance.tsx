// Which settings matter for a metric: importance in a random forest, and correlation, of the runs that the view finds.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { messageOf } from "../../../../core/message";
import { EmptyState, ErrorLine } from "../../../../core/panel";
import type { Importance, ImportanceRow, Problem } from "../../wire";
import { type BodyProps, plainName, textOf } from "../work";
import { Card } from "./frame";

const SHOWN = 50;

export function ImportancePanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const { project } = work;
  const metric = textOf(panel, "metric");
  const answer = useSignal<Importance | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  const query = JSON.stringify(project.query.value);
  const pulse = project.pulse.value;
  useEffect(() => {
    const stop = new AbortController();
    const question = { what: "importance", query: JSON.parse(query), metric } as const;
    project.ask<Importance | Problem>(question, stop.signal).then(
      (found) => {
        error.value = null;
        if (!("problem" in found)) answer.value = found;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [project, query, metric, pulse, tries.value]);

  const found = answer.value?.metric === metric ? answer.value : null;
  const note =
    found && found.rows.length > 0 ? `${plainName(metric)}, ${found.runs} runs` : plainName(metric);
  return (
    <Card title={panel.title} note={note}>
      {() =>
        error.value ? (
          <ErrorLine text={error.value} retry={() => tries.value++} />
        ) : !found ? (
          <EmptyState title="Computing…" />
        ) : found.rows.length === 0 ? (
          <EmptyState title={found.why} />
        ) : (
          <Rows rows={found.rows.slice(0, SHOWN)} />
        )
      }
    </Card>
  );
}

function Rows(props: { rows: readonly ImportanceRow[] }): JSX.Element {
  const most = Math.max(...props.rows.map((row) => row.importance), Number.MIN_VALUE);
  return (
    <table class="nb-ws-importance">
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col" title="Share of the variance that a random forest explains by it">
            Importance
          </th>
          <th scope="col" title="Pearson's, from −1 to 1; of numbers and of texts with two values">
            Correlation
          </th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map(({ field, importance, correlation }) => (
          <tr key={field}>
            <th scope="row" title={field}>
              {plainName(field)}
            </th>
            <td>
              <span class="nb-ws-share">
                <span style={{ width: `${(100 * importance) / most}%` }} />
              </span>
              <span class="nb-number">{importance.toFixed(3)}</span>
            </td>
            <td>
              {correlation === null ? (
                <span class="nb-quiet">–</span>
              ) : (
                <>
                  <span class="nb-ws-share nb-ws-sign" data-sign={correlation < 0 ? "minus" : "plus"}>
                    <span style={{ width: `${50 * Math.abs(correlation)}%` }} />
                  </span>
                  <span class="nb-number">{correlation.toFixed(3).replace("-", "−")}</span>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
