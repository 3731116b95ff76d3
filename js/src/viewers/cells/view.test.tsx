import { signal } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Io } from "../../core/io";
import { RunModel } from "../../core/run-model";
import type { CellSource } from "../../core/wire";
import { CellDrawer } from "./view";

let root: HTMLElement;
beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});
afterEach(() => {
  render(null, root);
  root.remove();
});

/** Shows the drawer for cell 7, whose source `answer` gives. */
async function open(answer: () => Promise<CellSource>) {
  const cell = signal<number | null>(7);
  const run = { model: new RunModel("r1"), color: "#000000", label: "baseline" };
  const io = { cell: answer } as unknown as Io;
  await act(async () => render(<CellDrawer run={run} cell={cell} step={120} io={io} />, root));
  await act(async () => undefined);
  return cell;
}

const source = (text: string, previous: CellSource["previous"] = null): CellSource => ({
  source: text,
  count: 5,
  time: 1.79e9,
  previous,
});

test("shows what changed since the execution before, and the whole source on demand", async () => {
  await open(async () =>
    source("lr = 0.3\ntrain()", { source: "lr = 0.1\ntrain()", count: 4, time: 1.79e9, run: "r0" }),
  );
  expect(root.textContent).toContain("In [5]");
  expect(root.textContent).toContain("step 120");
  expect(root.textContent).toContain("of run r0");
  expect(root.querySelector(".nb-removed code")?.textContent).toContain("lr = 0.1");
  expect(root.querySelector(".nb-added code")?.textContent).toContain("lr = 0.3");
  const whole = [...root.querySelectorAll("input")].at(-1) as HTMLInputElement;
  await act(async () => whole.click());
  expect(root.querySelector(".nb-diff")).toBeNull();
  expect(root.querySelectorAll(".nb-code-line")).toHaveLength(2);
});

test("says so when no earlier execution is known", async () => {
  await open(async () => source("train()"));
  expect(root.textContent).toContain("No earlier execution");
  expect(root.textContent).toContain("train()");
});

test("source is text, never markup", async () => {
  await open(async () => source('display("<img src=x onerror=alert(1)>")'));
  expect(root.querySelector("img")).toBeNull();
  expect(root.textContent).toContain("<img src=x");
});

test("an error is said in place and can be tried again", async () => {
  let asked = 0;
  await open(async () => {
    if (asked++ === 0) throw new Error("the source is not in the store");
    return source("train()");
  });
  expect(root.textContent).toContain("the source is not in the store");
  await act(async () => (root.querySelector(".nb-error button") as HTMLButtonElement).click());
  await act(async () => undefined);
  expect(asked).toBe(2);
  expect(root.textContent).toContain("train()");
});

test("Escape closes it", async () => {
  const cell = await open(async () => source("train()"));
  const drawer = root.querySelector("section") as HTMLElement;
  await act(async () => {
    drawer.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  });
  expect(cell.value).toBeNull();
  expect(root.textContent).toBe("");
});
