// The table in groups: how many rows, and of each column of numbers the mean and the distribution.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { formatValue } from "../../core/format";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine } from "../../core/panel";
import type { Json, TableGroups, TableProblem } from "../../core/wire";
import { bothFilters, groupFilter, type TableRef } from "./logic";
import { Bars } from "./media-cell";
import type { TableState } from "./state";

export function Groups(props: { table: TableRef; by: string; state: TableState; io: Io }): JSX.Element {
  const { table, by, state, io } = props;
  const found = useSignal<TableGroups | null>(null);
  const error = useSignal<string | null>(null);
  const filter = state.filter.value;
  const search = state.search.value;
  useEffect(() => {
    const stop = new AbortController();
    io.table({ run: table.run, shas: table.shas, what: "group", by, filter, search }, stop.signal).then(
      ({ content }) => {
        const answer = content as unknown as TableGroups & { problem?: TableProblem };
        error.value = answer.problem?.message ?? null;
        if (!answer.problem) found.value = answer;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [table.shas.join(), by, filter, search]);

  const groups = found.value;
  if (error.value) return <ErrorLine text={error.value} />;
  if (!groups) return <EmptyState title="Counting…" />;
  if (groups.groups.length === 0) return <EmptyState title="No rows to group" />;
  const columns = Object.keys(groups.bins);
  const most = Math.max(...groups.groups.map((group) => group.count));
  return (
    <div class="nb-table-groups">
      <table>
        <thead>
          <tr>
            <th>{groups.by}</th>
            <th class="nb-table-counted">rows</th>
            {columns.map((column) => (
              <th
                key={column}
                title={`${column}: mean, and the distribution from ${range(groups.bins[column])}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.groups.map((group) => (
            <tr key={JSON.stringify(group.value)}>
              <th scope="row">
                <button
                  type="button"
                  class="nb-link"
                  title="Show these rows"
                  onClick={() => {
                    state.filter.value = bothFilters(state.filter.peek(), groupFilter(by, group.value));
                    state.by.value = null;
                    state.top.value = 0;
                  }}
                >
                  {label(group.value)}
                </button>
              </th>
              <td class="nb-table-counted">
                <span>
                  <span class="nb-number">{group.count.toLocaleString("en-US")}</span>
                  <i style={{ width: `${(group.count / most) * 64}px` }} />
                </span>
              </td>
              {columns.map((column) => (
                <td key={column}>
                  <span class="nb-table-summed">
                    <span class="nb-number">{mean(group.means[column])}</span>
                    <Bars counts={group.bars[column] ?? []} height={20} width={64} />
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {groups.others > 0 && (
        <div class="nb-quiet">and {groups.others.toLocaleString("en-US")} smaller groups</div>
      )}
    </div>
  );
}

function label(value: Json): string {
  if (value === null) return "(none)";
  if (Array.isArray(value)) return range(value);
  if (typeof value === "number") return formatValue(value, 6);
  return value === "" ? "(empty)" : String(value);
}

function range(ends: Json[] | undefined): string {
  const [lo, hi] = (ends ?? []).map((end) => formatValue(Number(end), 4));
  return `${lo} to ${hi}`;
}

function mean(value: Json | undefined): string {
  return typeof value === "number" ? formatValue(value, 4) : "–";
}
