import { expect, test, vi } from "vitest";
import { type FileBytes, type FileName, Gather, toBlob, toBytes } from "./gather";
import { HttpError } from "./http";

const file = (text: string): FileBytes => ({
  bytes: new DataView(new TextEncoder().encode(text).buffer),
  type: "text/plain",
});

function gathering(answer: (files: readonly FileName[]) => (FileBytes | null)[]) {
  const one = vi.fn(async (_run: string, [sha]: FileName) => new Blob([`alone ${sha}`]));
  const several = vi.fn(async (_run: string, files: readonly FileName[], _stop: AbortSignal) =>
    answer(files),
  );
  return { gather: new Gather(one, several), one, several };
}

const text = async (found: Promise<Blob | FileBytes>): Promise<string> => toBlob(await found).text();

test("what is wanted at the same time travels together, run by run, in pieces", async () => {
  const { gather, one, several } = gathering((files) => files.map(([sha]) => file(sha)));
  const found = await Promise.all(
    Array.from({ length: 30 }, (_, i) => text(gather.get("r", [`${i}`, null]))),
  );
  expect(found).toEqual(Array.from({ length: 30 }, (_, i) => `${i}`));
  expect(several.mock.calls.map(([run, files]) => [run, files.length])).toEqual([
    ["r", 24],
    ["r", 6],
  ]);
  await Promise.all([gather.get("r", ["a", 64]), gather.get("s", ["b", 64])]);
  expect(
    one.mock.calls.map(([run]) => run),
    "one alone needs no list",
  ).toEqual(["r", "s"]);
});

test("what an answer leaves out is asked for by itself", async () => {
  const { gather, one } = gathering(() => [file("here"), null]);
  const found = await Promise.all([text(gather.get("r", ["a", null])), text(gather.get("r", ["b", 9]))]);
  expect(found).toEqual(["here", "alone b"]);
  expect(one).toHaveBeenCalledOnce();
});

test("a server that knows no lists is asked one by one; one that does not answer is not asked again", async () => {
  for (const [status, asked] of [
    [404, 2],
    [0, 0],
  ] as const) {
    const { gather, one } = gathering(() => {
      throw new HttpError(status, "blobs");
    });
    const found = await Promise.allSettled([gather.get("r", ["a", null]), gather.get("r", ["b", null])]);
    expect(found.map((result) => result.status === "fulfilled")).toEqual([status > 0, status > 0]);
    expect(one).toHaveBeenCalledTimes(asked);
  }
});

test("whoever leaves hears of it at once; the request ends with the last", async () => {
  let stop: AbortSignal | undefined;
  const gather = new Gather(
    async () => new Blob(),
    (_run, _files, signal) => {
      stop = signal;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  );
  const [a, b, early] = [new AbortController(), new AbortController(), new AbortController()];
  early.abort(new Error("early"));
  const gone = gather.get("r", ["c", null], early.signal);
  const first = gather.get("r", ["a", null], a.signal);
  const second = gather.get("r", ["b", null], b.signal);
  await expect(gone).rejects.toThrow("early");
  a.abort(new Error("left"));
  await expect(first).rejects.toThrow("left");
  expect(stop?.aborted).toBe(false);
  b.abort(new Error("too"));
  await expect(second).rejects.toThrow("too");
  expect(stop?.aborted).toBe(true);
});

test("bytes are handed out without a copy", async () => {
  const found = file("abc");
  expect((await toBytes(found)).buffer).toBe(found.bytes.buffer);
  expect([...(await toBytes(new Blob(["ab"])))]).toEqual([97, 98]);
});
