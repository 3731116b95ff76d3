// A filter as rows: a column, what is asked of it, a value.

import type { JSX } from "preact";
import type { Json } from "../../../core/wire";
import type { Project } from "../project";
import { Icon } from "../table/icons";
import { cellText } from "../table/value";
import type { Column, Values } from "../wire";
import { type Condition, type Operator, type Rows, UNITS } from "./conditions";
import { newCondition } from "./draft";
import { columnOf, columnsLike } from "./names";
import { type Choice, SuggestInput } from "./suggest";
import { comparable, OPERATOR_WORDS, operatorsOf, scalarOf, scalarsOf, shownScalar } from "./values";

const MOST = 60;

export function Builder(props: {
  project: Project;
  rows: Rows;
  onChange: (rows: Rows) => void;
}): JSX.Element {
  const { project, rows, onChange } = props;
  const { join, conditions } = rows;
  const put = (i: number, condition: Condition): void =>
    onChange({ join, conditions: conditions.map((one, at) => (at === i ? condition : one)) });
  return (
    <div class="nb-builder">
      {conditions.map((condition, i) => (
        <div class="nb-condition" key={i}>
          <span class="nb-condition-join">
            {i === 0 ? (
              "where"
            ) : i === 1 ? (
              <select
                class="nb-select"
                aria-label="All of them, or one"
                value={join}
                onChange={(event) =>
                  onChange({ join: event.currentTarget.value === "or" ? "or" : "and", conditions })
                }
              >
                <option value="and">and</option>
                <option value="or">or</option>
              </select>
            ) : (
              join
            )}
          </span>
          <Row project={project} condition={condition} place={i} onChange={(next) => put(i, next)} />
          <button
            type="button"
            class="nb-runs-plain"
            aria-label={`Remove condition ${i + 1}`}
            title="Remove"
            onClick={() => onChange({ join, conditions: conditions.filter((_, at) => at !== i) })}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
      <button
        type="button"
        class="nb-link nb-add"
        onClick={() => onChange({ join, conditions: [...conditions, newCondition(undefined)] })}
      >
        <Icon name="plus" size={11} /> Add filter
      </button>
    </div>
  );
}

function Row(props: {
  project: Project;
  condition: Condition;
  place: number;
  onChange: (condition: Condition) => void;
}): JSX.Element {
  const { project, condition, place, onChange } = props;
  const columns = project.columns.value;
  const column = columnOf(columns, condition.column);
  const operators = operatorsOf(column?.kind);
  const listed = operators.includes(condition.op) ? operators : [...operators, condition.op];
  return (
    <>
      <SuggestInput
        id={`nb-column-${place}`}
        class="nb-condition-column"
        label={`Column of condition ${place + 1}`}
        placeholder="column"
        value={shownName(condition.column)}
        whole
        find={(text) => columnsLike(columns, text, MOST).map(choiceOf)}
        onChange={(text) => onChange(withColumn(condition, columns, text))}
      />
      <select
        class="nb-select"
        aria-label={`Operator of condition ${place + 1}`}
        value={condition.op}
        onChange={(event) => onChange(withOperator(condition, event.currentTarget.value as Operator))}
      >
        {listed.map((op) => (
          <option key={op} value={op}>
            {OPERATOR_WORDS[op]}
          </option>
        ))}
      </select>
      <Value {...props} column={column} />
    </>
  );
}

function Value(props: {
  project: Project;
  condition: Condition;
  place: number;
  column: Column | undefined;
  onChange: (condition: Condition) => void;
}): JSX.Element | null {
  const { project, condition, place, column, onChange } = props;
  const { op, values } = condition;
  const label = `Value of condition ${place + 1}`;
  if (op === "is null" || op === "is not null") return <span class="nb-condition-value" />;
  if (op === "within last") {
    const [number = 7, unit = "days"] = values;
    return (
      <span class="nb-condition-value nb-condition-last">
        <input
          type="number"
          class="nb-input"
          min={0}
          aria-label={label}
          value={Number(number)}
          onInput={(event) => {
            const next = event.currentTarget.valueAsNumber;
            if (next >= 0) onChange({ ...condition, values: [next, unit] });
          }}
        />
        <select
          class="nb-select"
          aria-label={`Unit of condition ${place + 1}`}
          value={String(unit)}
          onChange={(event) => onChange({ ...condition, values: [number, event.currentTarget.value] })}
        >
          {(UNITS as readonly string[])
            .concat(UNITS.includes(unit as never) ? [] : [String(unit)])
            .map((one) => (
              <option key={one}>{one}</option>
            ))}
        </select>
      </span>
    );
  }
  const isList = op === "in" || op === "not in";
  const kind = op === "contains" || op === "lacks" ? "text" : column?.kind;
  const shown = values.map((value) => shownScalar(value, kind, isList)).join(", ");
  const read = (text: string): Condition["values"] => {
    if (isList) return scalarsOf(text, kind);
    const value = scalarOf(text, kind);
    return value === null ? [] : [value];
  };
  return (
    <SuggestInput
      id={`nb-value-${place}`}
      class="nb-condition-value"
      label={label}
      placeholder={column?.kind === "time" ? "2026-01-31 or 2026-01-31T12:00" : isList ? "one, two" : "value"}
      value={shown}
      find={(text) => valuesLike(project, column, text, isList)}
      onChange={(text) => onChange({ ...condition, values: read(text) })}
    />
  );
}

/** Values of the column that fit what was typed, of a list what was typed last. */
async function valuesLike(
  project: Project,
  column: Column | undefined,
  text: string,
  isList: boolean,
): Promise<Choice[]> {
  if (!column || column.kind === "time" || column.kind === "other") return [];
  const { values } = await project.ask<Values>({ what: "values", column: column.field, limit: 100 });
  const comma = isList ? text.lastIndexOf(",") + 1 : 0;
  const before = comma > 0 ? `${text.slice(0, comma)} ` : "";
  const wanted = text.slice(comma).trim().toLowerCase();
  return values
    .flatMap(([value, count]: [Json, number]): Choice[] => {
      const known = comparable(value);
      if (known === null) return [];
      const shown = shownScalar(known, column.kind, isList);
      if (!shown.toLowerCase().includes(wanted)) return [];
      const label = cellText(known, column, 0).text;
      return [{ insert: before + shown, label, detail: count === 1 ? "1 run" : `${count} runs` }];
    })
    .slice(0, MOST);
}

export function choiceOf(column: Column): Choice {
  return {
    insert: column.name,
    label: column.label,
    detail: column.section === "run" ? column.kind : `${column.section} · ${column.kind}`,
  };
}

/** A column without the quotes that its name has in text. */
function shownName(typed: string): string {
  return typed.startsWith("`") && typed.endsWith("`") ? typed.slice(1, -1) : typed;
}

function withColumn(condition: Condition, columns: readonly Column[], text: string): Condition {
  const column = columnOf(columns, text);
  if (!column) {
    const isPlain = /^$|^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$|^`[^`]*`$|\[/u.test(text);
    return { ...condition, column: isPlain ? text : `\`${text.replaceAll("`", "")}\`` };
  }
  const before = columnOf(columns, condition.column);
  const fits = operatorsOf(column.kind).includes(condition.op);
  if (fits && (before === undefined || before.kind === column.kind))
    return { ...condition, column: column.name };
  return newCondition(column);
}

function withOperator(condition: Condition, op: Operator): Condition {
  const isLast = op === "within last";
  if (isLast !== (condition.op === "within last"))
    return { ...condition, op, values: isLast ? [7, "days"] : [] };
  const isList = op === "in" || op === "not in";
  return { ...condition, op, values: isList ? condition.values : condition.values.slice(0, 1) };
}
