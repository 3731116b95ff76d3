import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunModel } from "../../core/run-model";
import type { Json } from "../../core/wire";
import { Facts } from "./view";

let root: HTMLElement;
beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});
afterEach(() => {
  render(null, root);
  root.remove();
});

function run(id: string, config: { [key: string]: Json }, summary: { [key: string]: Json } = {}) {
  const model = new RunModel(id);
  model.config.value = config;
  model.summary.value = summary;
  return { model, color: "#2f7fd1", label: `run ${id}` };
}

const names = (): (string | null)[] => [...root.querySelectorAll("tbody th")].map((cell) => cell.textContent);

test("a run's config and summary follow the run", async () => {
  const one = run("a", { lr: 0.1, model: { layers: [64, 10] } });
  await act(async () => render(<Facts runs={[one]} />, root));
  expect(names()).toEqual(["lr", "model.layers"]);
  expect(root.textContent).toContain("No summary");
  await act(async () => {
    one.model.summary.value = { loss: 1 / 3 };
  });
  expect(names()).toContain("loss");
  expect(root.querySelector('td[title="0.3333333333333333"]')?.textContent).toBe("0.333333");
});

test("of several runs the differences are marked, and can be shown alone", async () => {
  const runs = [run("a", { lr: 0.1, seed: 1 }), run("b", { lr: 0.3, seed: 1, note: "x" })];
  await act(async () => render(<Facts runs={runs} />, root));
  expect([...root.querySelectorAll(".nb-differs th")].map((cell) => cell.textContent)).toEqual([
    "lr",
    "note",
  ]);
  await act(async () => (root.querySelector(".nb-check input") as HTMLInputElement).click());
  expect(names()).toEqual(["lr", "note"]);
});

test("search narrows both tables", async () => {
  await act(async () => render(<Facts runs={[run("a", { lr: 0.1, seed: 1 }, { loss: 2 })]} />, root));
  const field = root.querySelector("input") as HTMLInputElement;
  await act(async () => {
    field.value = "lo";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  expect(names()).toEqual(["loss"]);
  expect(root.textContent).toContain("No row matches");
});

test("a long value opens in place, as text", async () => {
  const long = `<b>${"x".repeat(80)}</b>`;
  await act(async () => render(<Facts runs={[run("a", { note: long })]} />, root));
  const button = root.querySelector("td button") as HTMLButtonElement;
  expect(button.getAttribute("aria-expanded")).toBe("false");
  await act(async () => button.click());
  expect(root.querySelector("td b")).toBeNull();
  expect(root.querySelector("td.nb-open")?.textContent).toBe(long);
});
