import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isAbort, latestWins, Rpc, RpcError } from "./rpc";
import { FakeModel } from "./testing";

const connected = (): { model: FakeModel; rpc: Rpc } => {
  const model = new FakeModel();
  return { model, rpc: new Rpc(async () => model) };
};
const cellArgs = { run: "r", cell: 1 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a question", () => {
  it("gets the answer with its id, whatever else arrives", async () => {
    const { model, rpc } = connected();
    const asked = rpc.ask("cell", cellArgs);
    const other = rpc.ask("cell", { run: "r", cell: 2 });
    await vi.waitFor(() => expect(model.sent).toHaveLength(2));
    const [first, second] = model.sent.map(({ id }) => id);
    expect(first).not.toBe(second);
    for (const noise of [null, "text", {}, { id: 7 }, { id: "unknown", ok: true }])
      model.fire("msg:custom", noise, []);
    const buffer = new DataView(new ArrayBuffer(8));
    model.fire("msg:custom", { id: second, ok: true, result: "two" }, [buffer]);
    model.fire("msg:custom", { id: first, ok: true, result: "one" }, []);
    expect(await asked).toEqual({ result: "one", buffers: [] });
    expect(await other).toEqual({ result: "two", buffers: [buffer] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("fails with what the kernel says, hint and all", async () => {
    const { model, rpc } = connected();
    model.answer = ({ id }) => {
      const error = { type: "NotFoundError", message: "no cell 1", hint: "run fsck" };
      model.fire("msg:custom", { id, ok: false, error }, []);
    };
    const error = await rpc.ask("cell", cellArgs).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ type: "NotFoundError", message: "no cell 1", hint: "run fsck" });
  });

  it("gives up after its time, names the op, and calls the question off", async () => {
    const { model, rpc } = connected();
    const failed = rpc.ask("cell", cellArgs, { timeout: 50 }).catch((e: unknown) => e);
    await vi.advanceTimersByTimeAsync(50);
    expect(await failed).toMatchObject({ type: "Timeout", message: expect.stringContaining('"cell"') });
    const [asked, cancel] = model.sent;
    expect(cancel).toMatchObject({ op: "cancel", args: { of: asked?.id } });
    // and what comes too late disturbs nobody
    model.fire("msg:custom", { id: asked?.id, ok: true, result: 1 }, []);
  });

  it("is called off by its signal", async () => {
    const { model, rpc } = connected();
    const stop = new AbortController();
    const failed = rpc.ask("cell", cellArgs, { signal: stop.signal }).catch((e: unknown) => e);
    await vi.waitFor(() => expect(model.sent).toHaveLength(1));
    stop.abort();
    expect(isAbort(await failed)).toBe(true);
    expect(model.sent[1]).toMatchObject({ op: "cancel", args: { of: model.sent[0]?.id } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is not even sent when its signal is aborted already", async () => {
    const { model, rpc } = connected();
    await expect(rpc.ask("cell", cellArgs, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(model.sent).toEqual([]);
  });
});

describe("a closed line", () => {
  it("fails what waits and what comes, and listens no longer", async () => {
    const { model, rpc } = connected();
    const waiting = rpc.ask("cell", cellArgs).catch((e: unknown) => e);
    await vi.waitFor(() => expect(model.sent).toHaveLength(1));
    rpc.close("kernel gone");
    expect(await waiting).toMatchObject({ type: "Closed", message: "kernel gone" });
    await expect(rpc.ask("cell", cellArgs)).rejects.toMatchObject({ type: "Closed" });
    expect(model.listening("msg:custom")).toBe(0);
  });

  it("that could not be opened is tried again", async () => {
    const model = new FakeModel();
    model.answer = ({ id }) => model.fire("msg:custom", { id, ok: true, result: 1 }, []);
    let tries = 0;
    const rpc = new Rpc(async () => {
      if (++tries === 1) throw new Error("not there yet");
      return model;
    });
    await expect(rpc.ask("cell", cellArgs)).rejects.toThrow("not there yet");
    expect((await rpc.ask("cell", cellArgs)).result).toBe(1);
  });
});

describe("latestWins", () => {
  it("aborts the call before", async () => {
    const seen: AbortSignal[] = [];
    const ask = latestWins(async (signal, value: number) => {
      seen.push(signal);
      return await new Promise<number>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        if (value === 3) resolve(value);
      });
    });
    const results = await Promise.allSettled([ask(1), ask(2), ask(3)]);
    expect(results.map((r) => r.status)).toEqual(["rejected", "rejected", "fulfilled"]);
    expect(results.slice(0, 2).every((r) => r.status === "rejected" && isAbort(r.reason))).toBe(true);
    expect(seen.map((signal) => signal.aborted)).toEqual([true, true, false]);
  });
});
