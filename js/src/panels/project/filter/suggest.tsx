// A field with a list of what may be meant below it: arrows choose, Tab and Enter take, Escape closes.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

export interface Choice {
  /** What is taken. */
  insert: string;
  label: string;
  detail: string;
}

/** What a field needs to have such a list. */
export interface Suggestions {
  choices: readonly Choice[];
  /** The chosen one, -1 for none. */
  at: number;
  isOpen: boolean;
  /** True when the key was for the list. */
  press: (event: KeyboardEvent) => boolean;
  open: (choices: readonly Choice[], first?: number) => void;
  close: () => void;
  choose: (at: number) => void;
}

export function useSuggestions(take: (choice: Choice) => void): Suggestions {
  const choices = useSignal<readonly Choice[]>([]);
  const at = useSignal(-1);
  const close = (): void => {
    choices.value = [];
    at.value = -1;
  };
  const choose = (i: number): void => {
    const choice = choices.peek()[i];
    close();
    if (choice) take(choice);
  };
  return {
    choices: choices.value,
    at: at.value,
    isOpen: choices.value.length > 0,
    open: (found, first = -1) => {
      choices.value = found;
      at.value = Math.min(first, found.length - 1);
    },
    close,
    choose,
    press: (event) => {
      const n = choices.peek().length;
      if (n === 0 || event.isComposing) return false;
      if (event.key === "ArrowDown") at.value = (at.peek() + 1) % n;
      else if (event.key === "ArrowUp") at.value = (at.peek() - 1 + n) % n;
      else if (event.key === "Escape") close();
      else if ((event.key === "Enter" || event.key === "Tab") && at.peek() >= 0) choose(at.peek());
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
  };
}

export function SuggestionList(props: {
  id: string;
  suggestions: Suggestions;
  /** Below which it lies. */
  anchor: { readonly current: HTMLElement | null };
}): JSX.Element | null {
  const { id, suggestions, anchor } = props;
  const list = useRef<HTMLDivElement>(null);
  const { isOpen, at, choices } = suggestions;
  useLayoutEffect(() => {
    const el = list.current;
    const box = anchor.current?.getBoundingClientRect();
    if (!el || !box) return;
    if (!el.matches(":popover-open")) el.showPopover?.();
    const { clientWidth, clientHeight } = document.documentElement;
    el.style.minWidth = `${Math.min(box.width, 420)}px`;
    const { width, height } = el.getBoundingClientRect();
    const isBelow = box.bottom + height + 8 <= clientHeight || box.top < height;
    el.style.left = `${Math.max(8, Math.min(box.left, clientWidth - width - 8))}px`;
    el.style.top = `${isBelow ? box.bottom + 2 : box.top - height - 2}px`;
  });
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  if (!isOpen) return null;
  return (
    <div ref={list} id={id} popover="manual" role="listbox" class="nb-suggestions">
      {choices.map((choice, i) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
        <div
          key={`${choice.insert} ${choice.detail}`}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === at}
          class={i === at ? "nb-on" : undefined}
          // the field would lose the focus
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => suggestions.choose(i)}
        >
          <span class="nb-suggestion">{choice.label}</span>
          <span class="nb-quiet">{choice.detail}</span>
        </div>
      ))}
    </div>
  );
}

/** A field of one line whose text counts when it is left, taken from the list, or at Enter. */
export function SuggestInput(props: {
  id: string;
  class?: string;
  label: string;
  value: string;
  placeholder?: string;
  /** What fits the text so far; an answer that comes late is not shown. */
  find: (text: string) => readonly Choice[] | Promise<readonly Choice[]>;
  onChange: (text: string) => void;
  /** The list counts without the text that is there until it is changed. */
  whole?: boolean;
}): JSX.Element {
  const { id, find, onChange } = props;
  const field = useRef<HTMLInputElement>(null);
  const turn = useRef(0);
  const suggestions = useSuggestions((choice) => {
    if (field.current) field.current.value = choice.insert;
    onChange(choice.insert);
  });
  const look = (text: string): void => {
    const now = ++turn.current;
    void Promise.resolve(find(text)).then((choices) => {
      if (now === turn.current && field.current?.matches(":focus")) suggestions.open(choices, text ? 0 : -1);
    });
  };
  const leave = (): void => {
    turn.current++;
    suggestions.close();
    const text = field.current?.value ?? "";
    if (text !== props.value) onChange(text);
  };
  useEffect(() => {
    if (field.current && field.current.value !== props.value) field.current.value = props.value;
  }, [props.value]);
  return (
    <>
      <input
        ref={field}
        type="text"
        class={`nb-input ${props.class ?? ""}`}
        role="combobox"
        aria-label={props.label}
        aria-autocomplete="list"
        aria-expanded={suggestions.isOpen}
        aria-controls={id}
        aria-activedescendant={suggestions.at >= 0 ? `${id}-${suggestions.at}` : undefined}
        defaultValue={props.value}
        placeholder={props.placeholder}
        spellcheck={false}
        autocomplete="off"
        // not at each focus: what opens would cover what lies below before anybody asked
        onClick={(event) => look(props.whole ? "" : event.currentTarget.value)}
        onInput={(event) => look(event.currentTarget.value)}
        onBlur={leave}
        onKeyDown={(event) => {
          if (suggestions.press(event)) return;
          if (event.key === "Enter") leave();
          if (event.key === "ArrowDown") look("");
        }}
      />
      <SuggestionList id={id} suggestions={suggestions} anchor={field} />
    </>
  );
}
