import { expect, test, vi } from "vitest";
import type { Io } from "../../core/io";
import type { TableAsk } from "../../core/wire";
import { PAGE, type Question, Rows } from "./rows";

/** A kernel with `total` rows of one column, whose answers come when they are let go. */
function kernel(total: number) {
  const asked: { ask: TableAsk; go: () => void; fail: (text: string) => void; stop: AbortSignal }[] = [];
  const table = (ask: TableAsk, stop: AbortSignal): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const offset = ask.offset ?? 0;
      const matched = ask.filter ? Number(ask.filter) : total;
      const ids = Array.from({ length: Math.max(0, Math.min(PAGE, matched - offset)) }, (_, i) => offset + i);
      const content =
        ask.filter === "bad"
          ? { problem: { message: "no", at: 0, length: 3 } }
          : {
              columns: [],
              shown: ["a"],
              total,
              matched,
              offset,
              ids,
              rows: ids.map((id) => [`${ask.shas[0]}${id}`]),
            };
      asked.push({
        ask,
        stop,
        go: () => resolve({ content, buffers: [] }),
        fail: (text) => reject(new Error(text)),
      });
    });
  return { asked, rows: new Rows({ table } as unknown as Io) };
}

const question = (over: Partial<Question> = {}): Question => ({
  run: "r",
  shas: ["s"],
  what: "page",
  ...over,
});
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("rows come page by page, as they are looked at", async () => {
  const { asked, rows } = kernel(1000);
  rows.ask(question());
  expect(asked.map(({ ask }) => ask.offset)).toEqual([0]);
  asked[0]?.go();
  await settled();
  expect(rows.row(5)?.cells).toEqual(["s5"]);
  expect(rows.row(150)).toBeUndefined();
  rows.look(90, 120);
  rows.look(90, 121);
  expect(asked.map(({ ask }) => ask.offset)).toEqual([0, 100]);
  asked[1]?.go();
  await settled();
  expect(rows.row(150)?.id).toBe(150);
});

test("another step's rows take the place of the old ones only once they are there, where the window is", async () => {
  const { asked, rows } = kernel(1000);
  rows.ask(question());
  asked[0]?.go();
  await settled();
  rows.look(700, 710);
  asked[1]?.go();
  await settled();
  rows.ask(question({ shas: ["t"] }));
  expect(asked[2]?.ask.offset).toBe(700);
  expect(rows.row(705)?.cells).toEqual(["s705"]);
  expect(rows.loading.value).toBe(true);
  asked[2]?.go();
  await settled();
  expect(rows.row(705)?.cells).toEqual(["t705"]);
  expect(rows.loading.value).toBe(false);
});

test("a question that was overtaken is given up", async () => {
  const { asked, rows } = kernel(1000);
  rows.ask(question());
  rows.ask(question({ shas: ["t"] }));
  expect(asked[0]?.stop.aborted).toBe(true);
  asked[0]?.go();
  asked[1]?.go();
  await settled();
  expect(rows.row(0)?.cells).toEqual(["t0"]);
});

test("going back before the answer came keeps what is shown", async () => {
  const { asked, rows } = kernel(10);
  rows.ask(question());
  asked[0]?.go();
  await settled();
  rows.ask(question({ shas: ["t"] }));
  rows.ask(question());
  expect(rows.loading.value).toBe(false);
  asked[1]?.go();
  await settled();
  expect(rows.row(0)?.cells).toEqual(["s0"]);
});

test("fewer rows than the window was at: the last page is shown", async () => {
  const { asked, rows } = kernel(1000);
  rows.ask(question());
  asked[0]?.go();
  await settled();
  rows.look(900, 920);
  asked[1]?.go();
  await settled();
  rows.ask(question({ filter: "150" }));
  asked[2]?.go();
  await settled();
  expect(asked[3]?.ask.offset).toBe(100);
  asked[3]?.go();
  await settled();
  expect(rows.head?.matched).toBe(150);
  expect(rows.row(149)?.id).toBe(149);
});

test("a filter that is wrong leaves the rows and says why; the next right one clears it", async () => {
  const { asked, rows } = kernel(10);
  rows.ask(question());
  asked[0]?.go();
  await settled();
  rows.ask(question({ filter: "bad" }));
  asked[1]?.go();
  await settled();
  expect(rows.problem.value?.message).toBe("no");
  expect(rows.row(0)).toBeDefined();
  rows.ask(question({ filter: "3" }));
  asked[2]?.go();
  await settled();
  expect(rows.problem.value).toBeNull();
  expect(rows.head?.matched).toBe(3);
});

test("what fails can be asked again", async () => {
  const { asked, rows } = kernel(10);
  const drawn = vi.fn();
  rows.version.subscribe(drawn);
  rows.ask(question());
  asked[0]?.fail("busy");
  await settled();
  expect(rows.error.value).toBe("busy");
  rows.ask(question(), true);
  asked[1]?.go();
  await settled();
  expect(rows.error.value).toBeNull();
  expect(rows.row(0)).toBeDefined();
  expect(drawn).toHaveBeenCalledTimes(2);
});
