import { afterEach, describe, expect, it } from "vitest";
import { hideStatic } from "./statics";

afterEach(() => document.body.replaceChildren());

function cell(): { outputs: HTMLElement; panel: HTMLElement } {
  const outputs = document.createElement("div");
  outputs.className = "jp-Cell";
  const panel = document.createElement("div");
  outputs.append(panel);
  document.body.append(outputs);
  return { outputs, panel };
}

function copy(panelId: string): { row: HTMLElement; node: HTMLElement } {
  const row = document.createElement("div");
  row.className = "jp-OutputArea-child";
  const node = document.createElement("div");
  node.dataset.nbtrackStatic = panelId;
  row.append(node);
  return { row, node };
}

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const shown = (node: HTMLElement): boolean => node.style.display !== "none";

describe("the static copy", () => {
  it("is hidden with its row while the panel lives, and shown again after it", () => {
    const { outputs, panel } = cell();
    const [mine, other] = [copy('p"1'), copy("p2")];
    outputs.append(mine.row, other.row);
    const view = new AbortController();
    hideStatic('p"1', panel, view.signal);
    expect([mine.node, mine.row, other.node].map(shown)).toEqual([false, false, true]);
    view.abort();
    expect([mine.node, mine.row].map(shown)).toEqual([true, true]);
  });

  it("is hidden when it comes later", async () => {
    const { outputs, panel } = cell();
    const view = new AbortController();
    hideStatic("p1", panel, view.signal);
    const { row, node } = copy("p1");
    outputs.append(row);
    await later();
    expect(shown(node)).toBe(false);
    view.abort();
  });

  it("stays hidden while another view of the panel lives", () => {
    const { outputs, panel } = cell();
    const { row, node } = copy("p1");
    outputs.append(row);
    const [one, two] = [new AbortController(), new AbortController()];
    hideStatic("p1", panel, one.signal);
    hideStatic("p1", panel, two.signal);
    one.abort();
    expect(shown(node)).toBe(false);
    two.abort();
    expect(shown(node)).toBe(true);
  });
});
