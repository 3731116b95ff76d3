import { describe, expect, it } from "vitest";
import type { Json } from "../../../core/wire";
import type { Groups, Problem, RunRow, RunsPage, RunsQuery } from "../wire";
import { GroupList, keyOf, queryOf } from "./groups";
import { RunPages } from "./pages";

const row = (id: string, values: Json[]): RunRow => ({
  id,
  name: `run ${id}`,
  state: "finished",
  created: 0,
  heartbeat: 0,
  finished: null,
  duration: 0,
  step: 0,
  tags: [],
  group: "",
  jobType: "",
  notes: "",
  user: "",
  host: "",
  deleted: false,
  values,
});

/** A store of numbered runs that answers when it is told to. */
class Store {
  ids: string[];
  revision = "1";
  asked: { query: RunsQuery; fields: string[]; offset: number; answer: () => void }[] = [];
  failing: string | null = null;
  problem: Problem | null = null;

  constructor(n: number) {
    this.ids = Array.from({ length: n }, (_, i) => `r${i}`);
  }

  readonly ask = (
    query: RunsQuery,
    fields: string[],
    offset: number,
    limit: number,
    stop: AbortSignal,
  ): Promise<RunsPage | Problem> =>
    new Promise((resolve, reject) => {
      stop.addEventListener("abort", () => reject(new Error("aborted")));
      const answer = (): void => {
        const ids = this.ids.slice(offset, offset + limit);
        const { revision } = this;
        const rows = ids.map((id) =>
          row(
            id,
            fields.map((field) => `${field} of ${id} @${revision}`),
          ),
        );
        const { length: total } = this.ids;
        if (this.failing) reject(new Error(this.failing));
        else resolve(this.problem ?? { revision, total, matched: total, offset, rows });
      };
      this.asked.push({ query, fields, offset, answer });
    });

  async answer(): Promise<void> {
    const now = this.asked;
    this.asked = [];
    for (const { answer } of now) answer();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

async function opened(store: Store): Promise<RunPages> {
  const pages = new RunPages(store.ask);
  pages.look(0, 20, ["run.name", "config.a"]);
  pages.ask({});
  await store.answer();
  return pages;
}

describe("pages", () => {
  it("are asked for where somebody looks, with the fields that are looked at", async () => {
    const store = new Store(1000);
    const pages = await opened(store);
    expect(store.asked).toEqual([]);
    expect(pages.head).toMatchObject({ total: 1000, matched: 1000 });
    expect(pages.value(3, "config.a")).toBe("config.a of r3 @1");
    expect(pages.value(3, "run.name")).toBe("run r3");

    pages.look(90, 110, ["config.a", "config.b"]);
    expect(store.asked.map(({ offset, fields }) => [offset, fields])).toEqual([
      [0, ["config.b"]],
      [100, ["config.a", "config.b"]],
    ]);
    pages.look(91, 111, ["config.a", "config.b"]);
    expect(store.asked).toHaveLength(2);
    expect(pages.row(105)).toBeUndefined();
    await store.answer();
    expect(pages.value(95, "config.a")).toBe("config.a of r95 @1");
    expect(pages.value(95, "config.b")).toBe("config.b of r95 @1");
    expect(pages.value(105, "config.b")).toBe("config.b of r105 @1");
    expect(store.asked).toEqual([]);
  });

  it("stay while another query is answered", async () => {
    const store = new Store(10);
    const pages = await opened(store);
    pages.ask({ search: "x" });
    expect(pages.loading.value).toBe(true);
    expect(pages.row(2)?.id).toBe("r2");
    store.ids = ["other"];
    await store.answer();
    expect(pages.row(0)?.id).toBe("other");
    expect(pages.row(2)).toBeUndefined();
    expect(pages.query).toEqual({ search: "x" });
    expect(pages.loading.value).toBe(false);
  });

  it("take the answer of the last query only", async () => {
    const store = new Store(10);
    const pages = await opened(store);
    pages.ask({ search: "first" });
    pages.ask({ search: "second" });
    await store.answer();
    expect(pages.query).toEqual({ search: "second" });
    pages.ask({ search: "third" });
    pages.ask({ search: "second" });
    await store.answer();
    expect(pages.query).toEqual({ search: "second" });
    expect(pages.loading.value).toBe(false);
  });

  it("are brought up to date quietly, and keep what is shown until then", async () => {
    const store = new Store(300);
    const pages = await opened(store);
    pages.look(90, 110, ["config.a"]);
    await store.answer();
    store.ids.unshift("new");
    store.revision = "2";
    pages.refresh();
    expect(pages.loading.value).toBe(false);
    expect(pages.row(0)?.id).toBe("r0");
    expect(store.asked.map(({ offset }) => offset)).toEqual([0, 100]);
    await store.answer();
    expect(pages.row(0)?.id).toBe("new");
    expect(pages.row(100)?.id).toBe("r99");
    expect(pages.placeOf("r99")).toBe(100);
    expect(store.asked).toEqual([]);
  });

  it("never mix the cells of two revisions", async () => {
    const store = new Store(5);
    const pages = await opened(store);
    store.ids.unshift("new");
    store.revision = "2";
    pages.look(0, 4, ["config.a", "config.b"]);
    await store.answer();
    await store.answer();
    expect(pages.row(0)?.id).toBe("new");
    expect(pages.value(1, "config.a")).toBe("config.a of r0 @2");
    expect(pages.value(1, "config.b")).toBe("config.b of r0 @2");
  });

  it("do not ask without end of a store that changes with each answer", async () => {
    const store = new Store(300);
    const pages = await opened(store);
    pages.look(90, 110, ["config.a"]);
    let answers = 0;
    for (; store.asked.length > 0 && answers < 50; answers++) {
      const [first, ...others] = store.asked;
      store.asked = others;
      store.revision += "+";
      first?.answer();
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(answers).toBeLessThan(10);
    pages.refresh();
    expect(store.asked).toHaveLength(2);
  });

  it("keep the last good rows while a filter cannot be understood", async () => {
    const store = new Store(5);
    const pages = await opened(store);
    store.problem = { problem: { in: "filter", message: "what?", at: 0, length: 1, suggestions: [] } };
    pages.ask({ filter: "??" });
    await store.answer();
    expect(pages.problem.value?.message).toBe("what?");
    expect(pages.row(0)?.id).toBe("r0");
    store.problem = null;
    pages.ask({});
    await store.answer();
    expect(pages.problem.value).toBeNull();
  });

  it("say what failed, and try again when asked again", async () => {
    const store = new Store(5);
    const pages = new RunPages(store.ask);
    store.failing = "the disk is gone";
    pages.ask({});
    await store.answer();
    expect(pages.error.value).toBe("the disk is gone");
    expect(pages.loading.value).toBe(false);
    store.failing = null;
    pages.ask({});
    await store.answer();
    expect(pages.error.value).toBeNull();
    expect(pages.head?.matched).toBe(5);
  });
});

describe("groups", () => {
  const groupsOf = (fields: string[], revision = "1"): Groups => ({
    revision,
    total: 3,
    matched: 3,
    others: 0,
    spans: Object.fromEntries(fields.map((field) => [field, [0, 1]])),
    groups: ["a", null].map((key) => ({
      key: [key],
      count: 2,
      fields: Object.fromEntries(
        fields.map((field) => [field, { n: 2, mean: 1, min: 0, max: 1, bars: [1, 1] }]),
      ),
    })),
  });

  it("ask for further fields of the same groups only", async () => {
    const asked: string[][] = [];
    const list = new GroupList(async (_query, _by, fields) => {
      asked.push(fields);
      return groupsOf(fields);
    });
    list.ask({}, ["config.a"], ["config.b"]);
    await Promise.resolve();
    list.ask({}, ["config.a"], ["config.b", "config.c"]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toEqual([["config.b"], ["config.c"]]);
    expect(Object.keys(list.groups[1]?.fields ?? {})).toEqual(["config.b", "config.c"]);
    expect(Object.keys(list.answer?.spans ?? {})).toEqual(["config.b", "config.c"]);
  });

  it("are asked for anew where the runs changed in between", async () => {
    let revision = 0;
    const asked: string[][] = [];
    const list = new GroupList(async (_query, _by, fields) => {
      asked.push(fields);
      return groupsOf(fields, String(Math.min(2, ++revision)));
    });
    list.ask({}, ["config.a"], ["config.b"]);
    await new Promise((resolve) => setTimeout(resolve));
    list.ask({}, ["config.a"], ["config.c"]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toEqual([["config.b"], ["config.c"], ["config.b", "config.c"]]);
    expect(list.answer?.revision).toBe("2");
  });

  it("are told apart by their values, none included", () => {
    expect(keyOf([null, 1])).not.toBe(keyOf(["null", 1]));
    expect(queryOf({ filter: "a > 1" }, ["config.a", "tags"], ["x", null])).toEqual({
      filter: "a > 1",
      within: [
        ["config.a", "x"],
        ["tags", null],
      ],
    });
  });
});
