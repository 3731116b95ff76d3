// A filter as text, with what may come next, and with what is wrong under the place.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Json } from "../../../core/wire";
import type { Project } from "../project";
import { cellText } from "../table/value";
import type { Problem, Values } from "../wire";
import { completions, type Place, placeAt } from "./completion";
import { literal } from "./conditions";
import type { Draft } from "./draft";
import { columnOf } from "./names";
import { type Choice, SuggestionList, useSuggestions } from "./suggest";
import { placeOf } from "./tokens";
import { comparable } from "./values";

const LIST = "nb-expression-list";

export function Expression(props: { project: Project; draft: Draft }): JSX.Element {
  const { project, draft } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const place = useSignal<Place | null>(null);
  const turn = useRef(0);
  const problem = draft.problem.value;
  const text = draft.text.value;

  const replace = (from: number, to: number, insert: string): void => {
    const el = field.current;
    if (!el) return;
    const now = el.value;
    // no second blank before what follows
    const after = insert.endsWith(" ") && now.slice(to).startsWith(" ") ? now.slice(to + 1) : now.slice(to);
    el.value = now.slice(0, from) + insert + after;
    el.setSelectionRange(from + insert.length, from + insert.length);
    el.focus();
    draft.write(el.value);
    look();
  };
  const suggestions = useSuggestions((choice) => {
    const at = place.peek();
    if (at) replace(at.from, at.to, choice.insert);
  });
  const look = (): void => {
    const el = field.current;
    if (!el || el.selectionStart !== el.selectionEnd) {
      suggestions.close();
      return;
    }
    const at = placeAt(el.value, el.selectionStart);
    place.value = at;
    const now = ++turn.current;
    const show = (choices: readonly Choice[]): void => {
      const isThere = choices.length === 1 && choices[0]?.insert.trim() === at.typed;
      if (now === turn.current) suggestions.open(isThere ? [] : choices, at.typed === "" ? -1 : 0);
    };
    // who has written a condition may be done
    const isDone = at.expected === "join" && at.typed === "" && !el.value.slice(0, at.from).endsWith(" ");
    if (isDone) show([]);
    else if (at.expected === "value") void valuesFor(project, at).then(show, () => show([]));
    else show(completions(at, project.columns.peek()));
  };
  useLayoutEffect(() => {
    const el = field.current;
    if (!el) return;
    if (el.value !== text) el.value = text;
    el.style.height = "auto";
    el.style.height = `${Math.min(160, el.scrollHeight + 2)}px`;
  }, [text]);

  return (
    <div class="nb-expression">
      <textarea
        ref={field}
        class={`nb-textarea${problem ? " nb-wrong" : ""}`}
        rows={1}
        defaultValue={text}
        placeholder={'config.lr < 0.1 and state = "finished"'}
        aria-label="Filter as an expression"
        aria-invalid={problem !== null}
        aria-autocomplete="list"
        aria-controls={LIST}
        aria-activedescendant={suggestions.at >= 0 ? `${LIST}-${suggestions.at}` : undefined}
        spellcheck={false}
        autocomplete="off"
        maxLength={20_000}
        onInput={(event) => {
          draft.write(event.currentTarget.value);
          look();
        }}
        onBlur={() => {
          turn.current++;
          suggestions.close();
        }}
        onKeyDown={(event) => {
          if (suggestions.press(event)) return;
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            suggestions.close();
            void draft.settle();
          } else if ((event.key === " " && event.ctrlKey) || (event.key === "ArrowDown" && event.altKey)) {
            event.preventDefault();
            look();
          }
        }}
      />
      <SuggestionList id={LIST} suggestions={suggestions} anchor={field} />
      {problem && <ProblemLine problem={problem} text={text} onTake={replace} />}
      {draft.failure.value && (
        <div class="nb-filter-problem" role="alert">
          {draft.failure.value}
        </div>
      )}
    </div>
  );
}

/** The text with a mark under what is wrong, the sentence, and what may have been meant. */
function ProblemLine(props: {
  problem: Problem["problem"];
  text: string;
  onTake: (from: number, to: number, insert: string) => void;
}): JSX.Element {
  const { problem, text, onTake } = props;
  const from = placeOf(text, problem.at);
  const to = placeOf(text, problem.at + problem.length);
  return (
    <div class="nb-filter-problem" role="alert">
      <code>
        {text.slice(0, from)}
        <mark>{text.slice(from, Math.max(to, from)) || " "}</mark>
        {text.slice(to)}
      </code>
      <span>
        {problem.message}
        {problem.suggestions.slice(0, 4).map((suggestion) => (
          <button key={suggestion} type="button" class="nb-link" onClick={() => onTake(from, to, suggestion)}>
            {suggestion}
          </button>
        ))}
      </span>
    </div>
  );
}

/** Values of the column before the caret, as they are typed. */
async function valuesFor(project: Project, place: Place): Promise<Choice[]> {
  const column = columnOf(project.columns.peek(), place.column ?? "");
  if (!column || column.kind === "time" || column.kind === "other") return [];
  const { values } = await project.ask<Values>({ what: "values", column: column.field, limit: 100 });
  const typed = place.typed.replace(/^["']/, "").toLowerCase();
  return values
    .flatMap(([value, count]: [Json, number]): Choice[] => {
      const known = comparable(value);
      if (known === null || !String(known).toLowerCase().startsWith(typed)) return [];
      const label = cellText(known, column, 0).text;
      return [{ insert: literal(known), label, detail: count === 1 ? "1 run" : `${count} runs` }];
    })
    .slice(0, 40);
}
