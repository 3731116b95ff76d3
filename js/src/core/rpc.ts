// Questions to the kernel, on a model of their own (docs/design.md, "Two comms"): ids, error replies, a time limit
// for each operation, cancel.

import type { Ask, Reply } from "./wire";

/** The part of a widget model that is needed; both anywidget's proxy and the bare model have it. */
export interface AskModel {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: "msg:custom", callback: (message: unknown, buffers: DataView[]) => void): void;
  off(event: "msg:custom", callback: (message: unknown, buffers: DataView[]) => void): void;
}

export type Op = Exclude<Ask["op"], "cancel">;
export type ArgsOf<O extends Op> = Extract<Ask, { op: O }>["args"];

/** A busy kernel is no error at once; a panel that waits for ever is. Bytes may take longer than words. */
const TIMEOUT_MS = 15_000;
const LONGER_MS: { [op: string]: number } = {
  blob: 30_000,
  pack: 120_000,
  table: 60_000,
  project: 60_000,
  details: 30_000,
  resume: 20_000,
};

/** What the kernel answered instead of a result, or `type: "Timeout" | "Closed"` when it did not answer. */
export class RpcError extends Error {
  readonly type: string;
  readonly hint: string | undefined;
  constructor(type: string, message: string, hint?: string) {
    super(message);
    this.name = "RpcError";
    this.type = type;
    this.hint = hint;
  }
}

export interface Answer {
  result: Extract<Reply, { ok: true }>["result"];
  buffers: DataView[];
}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** Ids need only differ from those of other pages on this comm; `crypto.randomUUID` is absent on plain http. */
const page = Math.random().toString(36).slice(2, 8);
let asked = 0;

export class Rpc {
  #connect: () => Promise<AskModel>;
  #model: Promise<AskModel> | null = null;
  #waiting = new Map<string, Waiting>();

  /** `connect` finds the model on which to ask; it is called once, on the first question. */
  constructor(connect: () => Promise<AskModel>) {
    this.#connect = connect;
  }

  async ask<O extends Op>(
    op: O,
    args: ArgsOf<O>,
    options: { signal?: AbortSignal | undefined; timeout?: number } = {},
  ): Promise<Answer> {
    const { signal, timeout = LONGER_MS[op] ?? TIMEOUT_MS } = options;
    signal?.throwIfAborted();
    const id = `${page}-${++asked}`;
    const model = await this.#open();
    signal?.throwIfAborted();
    return await new Promise<Answer>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.#waiting.delete(id);
      };
      const giveUp = (reason: unknown): void => {
        settle();
        model.send({ id: `${id}-cancel`, op: "cancel", args: { of: id } } satisfies Ask);
        reject(reason);
      };
      const abort = (): void => giveUp(signal?.reason);
      const timer = setTimeout(
        () => giveUp(new RpcError("Timeout", `the kernel did not answer "${op}" within ${timeout / 1000} s`)),
        timeout,
      );
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.set(id, {
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      model.send({ id, op, args });
    });
  }

  /** Nobody will answer any more: every open question fails, and so does each later one. */
  close(reason = "the kernel is gone"): void {
    const error = new RpcError("Closed", reason);
    this.#connect = () => Promise.reject(error);
    const open = this.#model;
    this.#model = null;
    open?.then((model) => model.off("msg:custom", this.#receive)).catch(() => undefined);
    for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
  }

  #open(): Promise<AskModel> {
    this.#model ??= this.#connect().then(
      (model) => {
        model.on("msg:custom", this.#receive);
        return model;
      },
      (error: unknown) => {
        this.#model = null;
        throw error;
      },
    );
    return this.#model;
  }

  #receive = (message: unknown, buffers: DataView[]): void => {
    const reply = message as Partial<Reply> | null;
    const waiting = typeof reply?.id === "string" ? this.#waiting.get(reply.id) : undefined;
    if (!waiting) return;
    const { ok, result, error } = reply as { ok: boolean; result?: Answer["result"]; error?: RpcError };
    if (ok) waiting.resolve({ result: result ?? null, buffers: buffers ?? [] });
    else
      waiting.reject(
        new RpcError(error?.type ?? "Error", error?.message ?? "the kernel failed", error?.hint),
      );
  };
}

/** Wraps `run` so that a newer call aborts the one before it: a dragged slider waits only for its last position. */
export function latestWins<A extends unknown[], T>(
  run: (signal: AbortSignal, ...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let current: AbortController | null = null;
  return (...args) => {
    current?.abort(new DOMException("a newer question took its place", "AbortError"));
    current = new AbortController();
    return run(current.signal, ...args);
  };
}

/** Whether an error only says that somebody stopped waiting. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
