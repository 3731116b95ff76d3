// What can be done with the chosen runs, in the place of their count; and what came of it.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { messageOf } from "../../../core/message";
import type { Json } from "../../../core/wire";
import type { Act, Chosen, Values } from "../wire";
import { doWith, exportRuns, queryOfIds, runsText, type Told } from "./acts";
import { setRunsHidden } from "./changes";
import { NAME } from "./columns";
import { Icon } from "./icons";
import { Item, Popover } from "./popover";
import { countOf, NONE } from "./selection";
import type { TableState } from "./state";

export interface BulkProps {
  state: TableState;
  onCompare: ((ids: string[]) => void) | undefined;
  tell: (told: Told | null) => void;
}

export function Bulk(props: BulkProps): JSX.Element {
  const { state, onCompare, tell } = props;
  const { project } = state;
  const selection = state.selection.value;
  const asking = useSignal(false);
  const busy = useSignal(false);
  const count = countOf(selection, state.counts?.matched ?? 0);
  const running = selection.all
    ? null
    : [...selection.ids].filter((id) => state.find(id)?.state === "running");
  const chosen: Chosen = selection.all ? { query: state.query.value } : { runs: [...selection.ids] };
  const isDeleted = state.deleted.value;

  const attempt = async (work: () => Promise<Told | null>): Promise<void> => {
    busy.value = true;
    try {
      tell(await work());
    } catch (error) {
      tell({ text: "", failed: [messageOf(error)] });
    } finally {
      busy.value = false;
      void project.look();
      state.refresh();
    }
  };
  const act = (what: Act, of: Chosen = chosen): Promise<void> => attempt(() => doWith(project, of, what));
  const remove = (): Promise<void> =>
    attempt(async () => {
      // which they were has to be known to have them back
      const runs = await state.idsOf(selection);
      const told = await doWith(project, { runs }, { act: "delete" });
      state.selection.value = NONE;
      return { ...told, undelete: runs };
    });
  const hide = (hidden: boolean): Promise<void> =>
    attempt(async () => {
      const runs = await state.idsOf(selection);
      setRunsHidden(project, runs, hidden);
      return { text: `${runsText(runs.length)} ${hidden ? "hidden in" : "shown in"} charts`, failed: [] };
    });
  const save = (format: "csv" | "parquet"): Promise<void> =>
    attempt(async () => {
      const query = selection.all
        ? state.query.peek()
        : queryOfIds({ deleted: isDeleted }, [...selection.ids]);
      const fields = [NAME, ...state.columns.peek().map(({ column }) => column.field)];
      await exportRuns(project, query, fields, format);
      return null;
    });

  const button = (text: string, run: () => void, disabled = false): JSX.Element => (
    <button type="button" class="nb-button" disabled={disabled || busy.value} onClick={run}>
      {text}
    </button>
  );
  return (
    <div class="nb-runs-bulk" role="toolbar" aria-label="Chosen runs">
      <strong class="nb-number">{runsText(count)}</strong>
      {asking.value ? (
        <>
          <span>Delete {count === 1 ? "it" : "them"}?</span>
          <button
            type="button"
            class="nb-button nb-danger"
            onClick={() => {
              asking.value = false;
              void remove();
            }}
          >
            Delete {runsText(count)}
          </button>
          {button("Cancel", () => {
            asking.value = false;
          })}
        </>
      ) : isDeleted ? (
        button(
          "Undelete",
          () =>
            void act({ act: "undelete" }).then(() => {
              state.selection.value = NONE;
            }),
        )
      ) : (
        <>
          <Tagging state={state} onAct={(what) => void act(what)} />
          <Popover label="Move to a group" icon="Group" boxClass="nb-runs-form" kind="dialog">
            {(close) => (
              <TextForm
                state={state}
                column="group"
                label="Group"
                buttons={[
                  {
                    text: "Move",
                    act: (group) => {
                      close();
                      void act({ act: "group", group });
                    },
                  },
                ]}
                mayBeEmpty
              />
            )}
          </Popover>
          {button("Hide", () => void hide(true))}
          {button("Show", () => void hide(false))}
          {onCompare && button("Compare", () => void state.idsOf(selection).then(onCompare), count < 2)}
          {button(
            "Stop",
            () => void act({ act: "stop" }, running ? { runs: running } : runningOnly(state)),
            running?.length === 0,
          )}
          <Popover label="Save the chosen runs as a file" icon="Export">
            {(close) =>
              (["csv", "parquet"] as const).map((format) => (
                <Item
                  key={format}
                  onClick={() => {
                    close();
                    void save(format);
                  }}
                >
                  {format === "csv" ? "CSV" : "Parquet"}
                </Item>
              ))
            }
          </Popover>
          <button
            type="button"
            class="nb-button nb-danger"
            disabled={busy.value}
            onClick={() => {
              asking.value = true;
            }}
          >
            Delete
          </button>
        </>
      )}
      <button
        type="button"
        class="nb-runs-plain"
        aria-label="Choose none"
        title="Choose none (Escape)"
        onClick={() => {
          state.selection.value = NONE;
        }}
      >
        <Icon name="close" size={12} />
      </button>
    </div>
  );
}

function runningOnly(state: TableState): Chosen {
  const query = state.query.peek();
  const only = 'state = "running"';
  return { query: { ...query, filter: query.filter ? `(${query.filter}) and ${only}` : only } };
}

function Tagging(props: { state: TableState; onAct: (act: Act) => void }): JSX.Element {
  const { state, onAct } = props;
  const tagsOf = (text: string): string[] => [
    ...new Set(
      text
        .split(",")
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
  return (
    <Popover label="Tag" icon="Tag" boxClass="nb-runs-form" kind="dialog">
      {(close) => {
        const done = (act: "tag" | "untag") => (text: string) => {
          close();
          onAct({ act, tags: tagsOf(text) });
        };
        return (
          <TextForm
            state={state}
            column="tags"
            label="Tags, with commas between"
            buttons={[
              { text: "Add", act: done("tag") },
              { text: "Remove", act: done("untag") },
            ]}
          />
        );
      }}
    </Popover>
  );
}

/** A field with what is in use already. */
function TextForm(props: {
  state: TableState;
  column: string;
  label: string;
  buttons: { text: string; act: (text: string) => void }[];
  mayBeEmpty?: boolean;
}): JSX.Element {
  const { state, column, label, buttons } = props;
  const text = useSignal("");
  const known = useSignal<string[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    state.project.ask<Values>({ what: "values", column, limit: 30 }, stop.signal).then(
      ({ values }) => {
        known.value = values.map(([value]: [Json, number]) => value).filter((one) => typeof one === "string");
      },
      // what is in use is a help only: without it the field is as good
      () => undefined,
    );
    return () => stop.abort();
  }, []);
  const isEmpty = text.value.trim() === "" && !props.mayBeEmpty;
  const list = `${column}-known`;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isEmpty) buttons[0]?.act(text.value.trim());
      }}
    >
      <label>
        {label}
        <input
          class="nb-search"
          list={list}
          value={text.value}
          maxLength={400}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      <datalist id={list}>
        {known.value.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <span class="nb-runs-buttons">
        {buttons.map((one, i) => (
          <button
            key={one.text}
            type={i === 0 ? "submit" : "button"}
            class="nb-button"
            disabled={isEmpty}
            onClick={i === 0 ? undefined : () => one.act(text.value.trim())}
          >
            {one.text}
          </button>
        ))}
      </span>
    </form>
  );
}

/** What was done, and what could not be. */
export function Outcome(props: {
  state: TableState;
  told: Told;
  tell: (told: Told | null) => void;
}): JSX.Element {
  const { state, told, tell } = props;
  const { undelete } = told;
  return (
    <div class={`nb-runs-told${told.failed.length > 0 ? " nb-failed" : ""}`} role="status">
      {told.text && <span>{told.text}</span>}
      {undelete && (
        <button
          type="button"
          class="nb-link"
          onClick={() => {
            doWith(state.project, { runs: undelete }, { act: "undelete" })
              .then(tell, (error: unknown) => tell({ text: "", failed: [messageOf(error)] }))
              .finally(() => {
                void state.project.look();
                state.refresh();
              });
          }}
        >
          Undo
        </button>
      )}
      {told.failed.slice(0, 3).map((sentence) => (
        <span key={sentence} class="nb-danger">
          {sentence}
        </span>
      ))}
      {told.failed.length > 3 && <span class="nb-quiet">and {told.failed.length - 3} more</span>}
      <button type="button" class="nb-runs-plain" aria-label="Close" onClick={() => tell(null)}>
        <Icon name="close" size={12} />
      </button>
    </div>
  );
}
