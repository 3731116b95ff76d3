// The search of runs by their names. A pattern counts once the kernel understands it; until then the last one does.

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { messageOf } from "../../../core/message";
import type { Project } from "../project";
import type { Problem, RunsPage } from "../wire";

const TYPING_MS = 200;

export function SearchBox(props: { project: Project }): JSX.Element {
  const { project } = props;
  const search = project.query.value.search ?? "";
  /** As it is chosen: what is stored follows once the pattern is understood. */
  const regex = useSignal(project.query.peek().regex ?? false);
  const field = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stop = useRef(new AbortController());
  /** What was told last: what comes from elsewhere is shown, what comes back is not. */
  const told = useRef(search);

  useSignalEffect(() => {
    regex.value = project.query.value.regex ?? false;
  });
  useSignalEffect(() => {
    const now = project.query.value.search ?? "";
    if (now === told.current) return;
    told.current = now;
    problem.value = null;
    if (field.current) field.current.value = now;
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      stop.current.abort();
    },
    [],
  );

  const apply = async (text: string, isRegex: boolean): Promise<void> => {
    clearTimeout(timer.current);
    stop.current.abort();
    stop.current = new AbortController();
    const { signal } = stop.current;
    if (isRegex && text !== "") {
      try {
        const query = { search: text, regex: true };
        const answer = await project.ask<RunsPage | Problem>(
          { what: "page", query, fields: [], offset: 0, limit: 0 },
          signal,
        );
        if (signal.aborted) return;
        if ("problem" in answer) {
          problem.value = answer.problem.message;
          return;
        }
      } catch (error) {
        if (!signal.aborted) problem.value = messageOf(error);
        return;
      }
    }
    problem.value = null;
    const now = project.query.peek();
    if ((now.search ?? "") === text && (now.regex ?? false) === isRegex) return;
    told.current = text;
    project.editView(
      [
        { op: "set", path: ["query", "search"], value: text },
        { op: "set", path: ["query", "regex"], value: isRegex },
      ],
      "search",
    );
  };
  const typed = (): string => field.current?.value ?? "";
  return (
    <span class="nb-runs-search">
      <span class={`nb-search-box${problem.value ? " nb-wrong" : ""}`}>
        <input
          ref={field}
          type="search"
          defaultValue={search}
          placeholder="Search runs"
          aria-label="Search runs by name (/)"
          aria-invalid={problem.value !== null}
          title="Search runs by name (/)"
          spellcheck={false}
          autocomplete="off"
          maxLength={1000}
          onInput={() => {
            clearTimeout(timer.current);
            timer.current = setTimeout(() => void apply(typed(), regex.peek()), TYPING_MS);
          }}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === "Enter") void apply(typed(), regex.peek());
            if (event.key === "Escape" && typed() !== "") {
              event.currentTarget.value = "";
              void apply("", regex.peek());
            }
          }}
        />
        <button
          type="button"
          class={regex.value ? "nb-regex nb-on" : "nb-regex"}
          aria-pressed={regex.value}
          aria-label="Regular expression"
          title={regex.value ? "The search is a regular expression" : "Search by a regular expression"}
          onClick={() => {
            regex.value = !regex.peek();
            void apply(typed(), regex.peek());
          }}
        >
          .*
        </button>
      </span>
      {problem.value && (
        <span class="nb-filter-problem" role="alert">
          {problem.value}
        </span>
      )}
    </span>
  );
}
