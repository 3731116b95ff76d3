import { signal } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import type { RunView } from "../../core/registry";
import { RunModel } from "../../core/run-model";
import type { Head, Rows } from "./rows";
import { TableState } from "./state";
import { JoinBar } from "./versus";

test("the counts of a comparison are those of the rows that are shown", () => {
  const head = { columns: [], shown: [], total: 3, matched: 3, counts: [0, 3, 0, 0] } as Head;
  const rows = { head, version: signal(0) };
  const run = { model: new RunModel("r"), label: "first" } as RunView;
  const place = document.createElement("div");
  const bar = (
    <JoinBar
      state={new TableState()}
      rows={rows as unknown as Rows}
      left={run}
      leftStep={2}
      other={{ run, step: 0 }}
      keyColumn="id"
    />
  );
  act(() => render(bar, place));
  expect(place.textContent).toContain("3 changed");
  // the slider moved: only the rows are others
  act(() => {
    rows.head = { ...head, counts: [3, 0, 0, 0] };
    rows.version.value++;
  });
  expect(place.textContent).toContain("3 the same");
  expect(place.textContent).toContain("0 changed");
});
