// What is asked of the table: a filter, a search, a grouping, columns, a file to take along.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { ErrorLine } from "../../core/panel";
import type { TableColumn, TableProblem } from "../../core/wire";
import { download } from "../download";
import { rowSize } from "./grid";
import { FIRST_COLUMNS, MOST_COLUMNS } from "./logic";
import { Menu } from "./menu";
import type { Rows } from "./rows";
import { ROW_HEIGHTS, type RowSize, type TableState } from "./state";

const TYPING_MS = 250;

export function Toolbar(props: {
  state: TableState;
  /** Of the first table: its columns are those that can be chosen from. */
  rows: Rows;
  columns: TableColumn[];
  io: Io;
  name: string;
  count: string;
  children?: JSX.Element | null;
}): JSX.Element {
  const { state, rows, columns, io, name } = props;
  void rows.version.value;
  const head = rows.head;
  const error = useSignal<string | null>(null);
  const groupable = (head?.columns ?? []).filter((column) => column.kind !== "media");
  return (
    <div class="nb-table-bar">
      <div class="nb-table-tools">
        <Typed
          class="nb-table-filter"
          value={state.filter.value}
          label="Filter by an expression"
          placeholder={example(head?.columns ?? [])}
          onChange={(text) => {
            state.filter.value = text;
          }}
        />
        <Typed
          class="nb-table-find"
          value={state.search.value}
          label="Search all columns (/)"
          placeholder="search"
          onChange={(text) => {
            state.search.value = text;
          }}
        />
        {!head?.counts && (
          <label class="nb-table-by">
            <span class="nb-visually-hidden">Group by</span>
            <select
              value={state.by.value ?? ""}
              title="Group the rows by a column"
              onChange={(event) => {
                state.by.value = event.currentTarget.value || null;
              }}
            >
              <option value="">no groups</option>
              {groupable.map((column) => (
                <option key={column.name} value={column.name}>
                  by {column.name}
                </option>
              ))}
            </select>
          </label>
        )}
        {props.children}
        <span class="nb-spring" />
        <span class="nb-quiet nb-number nb-table-count" role="status">
          {props.count}
        </span>
        <Menu label="Columns and rows" icon="Columns">
          {() => <Columns state={state} all={head?.columns ?? []} visible={columns} />}
        </Menu>
        <Menu label="Save these rows as a file" icon="Export">
          {(close) =>
            (["csv", "parquet"] as const).map((format) => (
              <button
                key={format}
                type="button"
                class="nb-menu-item"
                onClick={() => {
                  close();
                  error.value = null;
                  exportRows(io, rows, columns, name, format).catch((reason: unknown) => {
                    error.value = messageOf(reason);
                  });
                }}
              >
                {format === "csv" ? "CSV" : "Parquet"}
              </button>
            ))
          }
        </Menu>
      </div>
      {rows.problem.value && <Problem problem={rows.problem.value} text={state.filter.value} />}
      {error.value && <ErrorLine text={error.value} />}
    </div>
  );
}

/** An expression that could be typed. */
function example(columns: readonly TableColumn[]): string {
  const number = columns.find((column) => column.kind === "number");
  const text = columns.find((column) => column.kind === "string");
  if (number) return `filter: ${number.name} > 0${text ? ` and "a" in ${text.name}` : ""}`;
  return text ? `filter: "a" in ${text.name}` : "filter";
}

/** A field whose text counts once nobody has typed for a moment, or at Enter. */
function Typed(props: {
  class: string;
  value: string;
  label: string;
  placeholder: string;
  onChange: (text: string) => void;
}): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const told = useRef(props.value);
  useEffect(() => {
    if (field.current && props.value !== told.current) field.current.value = props.value;
    told.current = props.value;
  }, [props.value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (): void => {
    clearTimeout(timer.current);
    const text = field.current?.value ?? "";
    if (text === told.current) return;
    told.current = text;
    props.onChange(text);
  };
  return (
    <input
      ref={field}
      type="search"
      class={`nb-search ${props.class}`}
      defaultValue={props.value}
      placeholder={props.placeholder}
      aria-label={props.label}
      title={props.label}
      spellcheck={false}
      autocomplete="off"
      maxLength={2000}
      onInput={() => {
        clearTimeout(timer.current);
        timer.current = setTimeout(tell, TYPING_MS);
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") tell();
        if (event.key === "Escape" && field.current) {
          field.current.value = "";
          tell();
        }
      }}
    />
  );
}

/** What is wrong with the filter, with a mark below the place. */
function Problem(props: { problem: TableProblem; text: string }): JSX.Element {
  const { message, at, length } = props.problem;
  // the kernel counts characters as Python does, and without the blanks around
  const letters = [...props.text.trim()];
  return (
    <div class="nb-table-problem" role="alert">
      <code>
        {letters.slice(0, at).join("")}
        <mark>{letters.slice(at, at + length).join("") || " "}</mark>
        {letters.slice(at + length).join("")}
      </code>
      <span>{message}</span>
    </div>
  );
}

function Columns(props: { state: TableState; all: TableColumn[]; visible: TableColumn[] }): JSX.Element {
  const { state, all, visible } = props;
  const shown = new Set(visible.map(({ name }) => name));
  const toggle = (name: string): void => {
    const hidden = new Set(all.map((one) => one.name).filter((other) => !shown.has(other)));
    if (!hidden.delete(name)) hidden.add(name);
    if (hidden.size < all.length) state.hidden.value = hidden;
  };
  return (
    <>
      <div class="nb-menu-sizes">
        {(Object.keys(ROW_HEIGHTS) as RowSize[]).map((size) => (
          <button
            key={size}
            type="button"
            class={`nb-toggle${rowSize(state, visible) === size ? " nb-on" : ""}`}
            aria-pressed={rowSize(state, visible) === size}
            onClick={() => {
              state.size.value = size;
            }}
          >
            {size === "low" ? "low rows" : size === "middle" ? "higher" : "high"}
          </button>
        ))}
      </div>
      <div class="nb-menu-columns">
        {all.map(({ name }) => (
          <label key={name} class="nb-menu-item">
            <input type="checkbox" checked={shown.has(name)} onChange={() => toggle(name)} />
            <span>{name}</span>
          </label>
        ))}
      </div>
      <button
        type="button"
        class="nb-menu-item nb-link"
        onClick={() => {
          state.hidden.value = new Set();
        }}
      >
        {all.length <= FIRST_COLUMNS
          ? "Show all"
          : all.length <= MOST_COLUMNS
            ? `Show all ${all.length} columns`
            : `Show the first ${MOST_COLUMNS} of ${all.length} columns`}
      </button>
      <button
        type="button"
        class="nb-menu-item nb-link"
        onClick={() => {
          state.order.value = [];
          state.pinned.value = [];
          state.widths.value = new Map();
        }}
      >
        Reset order, pins and widths
      </button>
    </>
  );
}

async function exportRows(
  io: Io,
  rows: Rows,
  columns: readonly TableColumn[],
  name: string,
  format: "csv" | "parquet",
): Promise<void> {
  const question = rows.question;
  if (!question) return;
  const { other: _other, key: _key, only: _only, ...ask } = question;
  const { content, buffers } = await io.table({
    ...ask,
    what: "export",
    format,
    columns: columns.map((column) => column.name),
  });
  const { problem, mime } = content as { problem?: TableProblem; mime?: string };
  if (problem) throw new Error(problem.message);
  const file = new Blob(buffers as DataView<ArrayBuffer>[], { type: mime ?? "application/octet-stream" });
  download(file, `${name}.${format}`);
}
