import { signal } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Unpacked } from "../../core/packed";
import type { Json } from "../../core/wire";
import { applied } from "./edits";
import { Project } from "./project";
import type { Document, Edit, ProjectAsk } from "./wire";

/** A store that others write to as well. */
class Store {
  tree: { [key: string]: Json } = {};
  version = 0;
  revision = "1";
  columns = 0;
  edits: Edit[][] = [];
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  fails = false;

  write(edits: Edit[]): void {
    this.tree = applied(this.tree, edits);
    this.version++;
  }

  readonly runs = [];
  async project(ask: ProjectAsk): Promise<Unpacked> {
    const now: Document = { version: String(this.version), tree: this.tree };
    await this.gate;
    if (this.fails) throw new Error("the disk is full");
    const answer = (content: unknown): Unpacked => ({ content: content as Unpacked["content"], buffers: [] });
    switch (ask.what) {
      case "document":
        return answer(now);
      case "edit":
        this.edits.push(ask.edits);
        this.write(ask.edits);
        return answer({ version: String(this.version), tree: this.tree });
      case "ids":
        return answer({ revision: this.revision, total: 0, matched: 0, ids: [] });
      case "columns":
        this.columns++;
        return answer({ revision: this.revision, columns: [] });
      default:
        throw new Error(`nobody answers ${ask.what}`);
    }
  }
}

const settled = (): Promise<void> =>
  vi.waitFor(() => undefined).then(() => new Promise((done) => setTimeout(done, 5)));

let store: Store;
let project: Project;
beforeEach(() => {
  store = new Store();
  project = new Project({ entity: "", project: "digits" }, store);
});

const pin = (field: string, value: Json): Edit[] => [
  { op: "set", path: ["columns", field, "pinned"], value },
];

describe("what is done in the page", () => {
  it("is seen at once, stored leaf by leaf, and seen by others", async () => {
    project.editView([{ op: "set", path: ["query"], value: { search: "a", regex: true } }], "search");
    expect(project.view.value.query).toEqual({ search: "a", regex: true });
    await settled();
    expect(store.edits).toEqual([
      [
        { op: "set", path: ["views", "default", "query", "search"], value: "a" },
        { op: "set", path: ["views", "default", "query", "regex"], value: true },
      ],
    ]);
    expect(project.view.value.query).toEqual({ search: "a", regex: true });
  });

  it("is undone and done again, as others leave it", async () => {
    project.editView(pin("lr", true), "pin lr");
    project.editView(pin("acc", true), "pin acc");
    await settled();
    store.write([{ op: "set", path: ["views", "default", "columns", "loss", "hidden"], value: true }]);
    expect(project.undoLabel.value).toBe("pin acc");
    project.undo();
    await settled();
    expect(project.view.value.columns).toEqual({ lr: { pinned: true }, loss: { hidden: true }, acc: {} });
    expect(project.redoLabel.value).toBe("pin acc");
    project.redo();
    await settled();
    expect(project.view.value.columns?.acc).toEqual({ pinned: true });
    project.editView(pin("lr", false), "unpin lr");
    expect(project.redoLabel.value).toBeNull();
  });

  it("is taken back and said when it cannot be stored", async () => {
    store.fails = true;
    project.editView(pin("lr", true), "pin lr");
    await settled();
    expect(project.failure.value).toBe("the disk is full");
    expect(project.view.value.columns).toBeUndefined();
  });

  it("goes in portions that the store takes", async () => {
    const many = Array.from(
      { length: 2500 },
      (_, i): Edit => ({ op: "set", path: ["runs", `r${i}`, "hidden"], value: true }),
    );
    project.editView(many, "hide all");
    await settled();
    expect(store.edits.map((edits) => edits.length)).toEqual([1000, 1000, 500]);
  });
});

describe("a look", () => {
  it("brings what others did, and tells of runs that changed", async () => {
    store.write(pin("lr", true).map((edit) => ({ ...edit, path: ["views", "default", ...edit.path] })));
    await project.look();
    expect(project.view.value.columns).toEqual({ lr: { pinned: true } });
    const pulse = project.pulse.value;
    await project.look();
    expect([project.pulse.value, store.columns]).toEqual([pulse, 1]);
    store.revision = "2";
    await project.look();
    expect([project.pulse.value, store.columns]).toEqual([pulse + 1, 2]);
  });

  it("that was asked before an edit does not take the edit away", async () => {
    let open = (): void => undefined;
    store.gate = new Promise((done) => {
      open = done;
    });
    const looking = project.look();
    store.gate = Promise.resolve();
    project.editView(pin("lr", true), "pin lr");
    await settled();
    open();
    await looking;
    expect(project.view.value.columns).toEqual({ lr: { pinned: true } });
  });

  it("is taken only while somebody sees the page", async () => {
    const visible = signal(false);
    const stop = project.follow(visible);
    await settled();
    expect(project.ready.value).toBe(false);
    visible.value = true;
    await settled();
    expect(project.ready.value).toBe(true);
    stop();
  });
});

it("a run has the same color tomorrow, when others stand before it", () => {
  const ids = Array.from({ length: 10 }, (_, i) => `run${i}`);
  const colors = new Map(ids.map((id) => [id, project.colorOf(id)]));
  expect(new Set(colors.values()).size).toBe(10);
  const tomorrow = new Project({ entity: "", project: "digits" }, store);
  const kept = ["new", ...ids.slice(0, 4)].filter((id) => tomorrow.colorOf(id) === colors.get(id));
  expect(kept.length).toBeGreaterThanOrEqual(2);
});

it("runs have colors of their own, unless somebody chose one", () => {
  const [a, b] = [project.colorOf("a"), project.colorOf("b")];
  expect(a).not.toBe(b);
  expect(project.colorOf("a")).toBe(a);
  project.editView([{ op: "set", path: ["runs", "a", "color"], value: "#123456" }], "color");
  expect(project.colorOf("a")).toBe("#123456");
});
