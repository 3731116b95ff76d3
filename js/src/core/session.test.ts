// The session with a kernel and a server that are played: what a panel does when one of them is busy, dead or absent.

import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Session } from "./session";
import { bytes, delta, FakeModel, info, medium, points } from "./testing";
import type { Hello, RunDelta } from "./wire";

const hello: Hello = {
  v: 1,
  panel: "run",
  panelId: "p",
  storeId: "store",
  runs: ["r"],
  title: "",
  askModel: "anywidget:ask",
  points: 4000,
};

/** Body of an HTTP reply with one series. */
function body(content: unknown, buffers: DataView[]): ArrayBuffer {
  const header = new TextEncoder().encode(
    JSON.stringify({ content, buffers: buffers.map((b) => b.byteLength) }),
  );
  const start = Math.ceil((4 + header.length) / 8) * 8;
  const whole = new Uint8Array(start + buffers.reduce((sum, b) => sum + b.byteLength, 0));
  new DataView(whole.buffer).setUint32(0, header.length, true);
  whole.set(header, 4);
  let at = start;
  for (const buffer of buffers) {
    whole.set(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength), at);
    at += buffer.byteLength;
  }
  return whole.buffer;
}

/** What the server's store holds; null: there is no such route. */
let store: [RunDelta, DataView[]] | null;
let requests: { url: string; init: RequestInit | undefined }[];
let panel: FakeModel;
let ask: FakeModel;
let session: Session;
let ended: AbortController;

function open(): Session {
  ended = new AbortController();
  session = new Session(panel as never, hello, ended.signal);
  return session;
}

/** The page of a Jupyter server, below a path of its own. */
function jupyterPage(): void {
  const config = document.createElement("script");
  config.id = "jupyter-config-data";
  config.type = "application/json";
  config.textContent = JSON.stringify({ baseUrl: "/user/ada/" });
  document.body.append(config);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "debug").mockImplementation(() => undefined);
  store = null;
  requests = [];
  ask = new FakeModel();
  ask.comm_live = true;
  panel = new FakeModel();
  panel.widget_manager = { get_model: async (id: string) => (id === "ask" ? ask : undefined) };
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie is what is tested
  document.cookie = "_xsrf=2|token";
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    requests.push({ url, init });
    if (!store) return new Response("", { status: 404 });
    if (url.endsWith("/hello")) return new Response("{}");
    if (url.includes("/blob/")) return new Response("from the server");
    if (url.includes("/deltas")) return new Response(body({ t: "deltas", deltas: [store[0]] }, store[1]));
    return new Response("", { status: 404 });
  });
});

afterEach(() => {
  ended.abort();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const answerSync = (content: RunDelta, buffers: DataView[]): void => {
  ask.answer = ({ id, op }) => {
    const result = { t: "deltas", deltas: [content] };
    if (op === "sync") ask.fire("msg:custom", { id, ok: true, result }, buffers);
  };
};
const deltas = (): number => requests.filter(({ url }) => url.includes("/delta")).length;

describe("pushes", () => {
  it("are taken before any view is there", () => {
    open();
    panel.fire("msg:custom", ...points("loss", 0, [[0, 1]], { full: true, info: info() }));
    expect(session.runs[0]?.series("loss").n).toBe(1);
    expect(session.source.value).toBe("live");
  });

  it("that were lost are asked for", async () => {
    open();
    panel.fire("msg:custom", ...points("loss", 0, [[0, 1]], { full: true, info: info(), origin: "k" }));
    answerSync(
      ...points(
        "loss",
        1,
        [
          [1, 2],
          [2, 3],
        ],
        { rev: 3, origin: "k" },
      ),
    );
    panel.fire("msg:custom", ...points("loss", 2, [[2, 3]], { rev: 3, origin: "k" }));
    await vi.waitFor(() => expect(session.runs[0]?.series("loss").n).toBe(3));
    expect(ask.sent[0]).toMatchObject({
      op: "sync",
      args: { runs: [{ run: "r", have: { rev: 1, origin: "k", series: { loss: [0, 1] } } }] },
    });
  });

  it("that cannot be read do not break the panel", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    open();
    answerSync(...points("loss", 0, [[0, 1]], { full: true, info: info() }));
    panel.fire("msg:custom", points("loss", 0, [[0, 1]])[0], []);
    await vi.waitFor(() => expect(session.runs[0]?.series("loss").n).toBe(1));
  });

  it("of a run that is not shown, and of kinds that are not known, are passed over", () => {
    open();
    panel.fire("msg:custom", ...points("loss", 0, [[0, 1]], { run: "other" }));
    panel.fire("msg:custom", { t: "later" });
    panel.fire("msg:custom", null);
    expect(session.runs[0]?.numericKeys.value).toEqual([]);
  });

  it("carry notices, which can be dismissed", () => {
    open();
    panel.fire("msg:custom", { t: "notice", level: "warning", text: "disk full" });
    const [notice] = session.notices.value;
    expect(notice).toMatchObject({ level: "warning", text: "disk full" });
    if (notice) session.dismiss(notice);
    expect(session.notices.value).toEqual([]);
  });
});

describe("a view", () => {
  it("asks for what was there before it", async () => {
    answerSync(...points("loss", 0, [[0, 1]], { full: true, info: info() }));
    open().attach(signal(true));
    await vi.waitFor(() => expect(session.runs[0]?.complete.value).toBe(true));
    expect(ask.sent[0]).toMatchObject({ op: "sync", args: { runs: [{ run: "r", have: null }] } });
  });

  it("is filled by the server while the kernel does not answer", async () => {
    jupyterPage();
    store = points("loss", 0, [[0, 1]], { full: true, info: info(), origin: "s" });
    open().attach(signal(true));
    await vi.advanceTimersByTimeAsync(1500);
    expect(session.runs[0]?.series("loss").n).toBe(1);
    expect(session.source.value).toBe("busy-store");
    const post = requests.find(({ url }) => url.includes("/delta"));
    expect(post?.url).toBe("/user/ada/nbtrack/v1/store/deltas");
    expect(post?.init?.headers).toMatchObject({ "X-XSRFToken": "2|token" });
  });

  it("reads on from the store when pushes stop, and goes back to them", async () => {
    jupyterPage();
    open().attach(signal(true));
    panel.fire("msg:custom", ...points("loss", 0, [[0, 1]], { full: true, info: info(), origin: "k" }));
    store = points(
      "loss",
      0,
      [
        [0, 1],
        [1, 2],
      ],
      { full: true, info: info(), origin: "s" },
    );
    await vi.advanceTimersByTimeAsync(1500);
    expect(deltas()).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect([session.runs[0]?.series("loss").n, session.source.value]).toEqual([2, "busy-store"]);
    panel.fire(
      "msg:custom",
      ...points(
        "loss",
        1,
        [
          [1, 2],
          [2, 3],
        ],
        { rev: 3, origin: "k" },
      ),
    );
    expect([session.runs[0]?.series("loss").n, session.source.value]).toEqual([3, "live"]);
  });

  it("asks a quiet store ever more seldom, and says nothing of it", async () => {
    jupyterPage();
    store = points("loss", 0, [[0, 1]], { full: true, info: info(), origin: "k" });
    open().attach(signal(true));
    panel.fire("msg:custom", ...store);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(deltas()).toBeGreaterThan(2);
    expect(deltas()).toBeLessThan(10);
    expect(session.source.value).toBe("live");
  });

  it("asks nothing once the run has ended", async () => {
    jupyterPage();
    store = points("loss", 0, [[0, 1]], { full: true, info: info({ state: "finished" }) });
    answerSync(...store);
    open().attach(signal(true));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(deltas()).toBe(0);
  });

  it("asks nothing after it went away", async () => {
    jupyterPage();
    store = points("loss", 0, [[0, 1]], { full: true, info: info() });
    answerSync(...store);
    const detach = open().attach(signal(true));
    detach();
    detach();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(deltas()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("asks nothing while nobody sees it, and at once when somebody does", async () => {
    jupyterPage();
    const full = points("loss", 0, [[0, 1]], { full: true, info: info() });
    store = full;
    answerSync(...full);
    const visible = signal(false);
    open().attach(visible);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([ask.sent.length, requests.length]).toEqual([0, 0]);
    visible.value = true;
    await vi.advanceTimersByTimeAsync(0);
    expect(ask.sent).toHaveLength(1);
  });
});

describe("a reader who chooses the runs", () => {
  it("is brought those that are new, and keeps what is known of the others", async () => {
    const model = open().runs[0];
    session.watch(["other", "r"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(session.runs.map((run) => run.id)).toEqual(["other", "r"]);
    expect(session.runs[1]).toBe(model);
    expect(ask.sent.find(({ op }) => op === "watch")?.args).toEqual({ runs: ["other", "r"] });
    expect(ask.sent.find(({ op }) => op === "sync")?.args.runs).toHaveLength(2);
    const told = delta({ run: "other", info: info({ id: "other", name: "the other" }), full: true });
    panel.fire("msg:custom", told, []);
    expect(session.runs[0]?.info.value?.name).toBe("the other");
    session.watch(["r"]);
    panel.fire("msg:custom", delta({ run: "other", rev: 2 }), []);
    expect(session.runs).toEqual([model]);
  });

  it("of many is brought fewer points of each, also by the server", async () => {
    jupyterPage();
    store = [delta(), []];
    open();
    session.kernel.lost("kernel gone");
    session.watch(Array.from({ length: 400 }, (_, i) => `run${i}`));
    await vi.advanceTimersByTimeAsync(50);
    const bodies = requests
      .filter(({ url }) => url.endsWith("/deltas"))
      .map(({ init }) => JSON.parse(String(init?.body)));
    expect(bodies[0].points).toBe(500);
    expect(bodies[0].runs.length).toBeLessThan(64);
  });
});

describe("a restarted kernel", () => {
  it("is noticed, and the run goes on from the store", async () => {
    jupyterPage();
    open().attach(signal(true));
    panel.fire("msg:custom", ...points("loss", 0, [[0, 1]], { full: true, info: info(), origin: "k" }));
    await vi.advanceTimersByTimeAsync(10);
    store = points(
      "loss",
      0,
      [
        [0, 1],
        [1, 2],
      ],
      { full: true, info: info({ state: "crashed" }), origin: "s" },
    );
    ask.comm_live = false;
    ask.fire("comm_live_update");
    await vi.advanceTimersByTimeAsync(1500);
    expect(session.runs[0]?.series("loss").n).toBe(2);
    expect(session.source.value).toBe("gone-store");
    await expect(session.resume("x")).rejects.toThrow("kernel gone");
    // a run at its end is not asked for for ever
    const asked = deltas();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(deltas()).toBeLessThanOrEqual(asked + 2);
  });

  it("without a server leaves what was received, and says so", async () => {
    open().attach(signal(true));
    panel.fire("msg:custom", ...points("loss", 0, [[0, 1]], { full: true, info: info() }));
    await vi.advanceTimersByTimeAsync(10);
    ask.fire("comm:close");
    await vi.advanceTimersByTimeAsync(1500);
    expect(session.source.value).toBe("gone-stale");
    expect(session.runs[0]?.series("loss").n).toBe(1);
  });

  it("is noticed by a page that finds no model of it", async () => {
    panel.widget_manager = { get_model: async () => Promise.reject(new Error("model not found")) };
    open().attach(signal(true));
    await vi.advanceTimersByTimeAsync(10);
    expect(session.source.value).toBe("gone-stale");
  });

  it("is noticed by what the host says of its kernel", async () => {
    const manager = { get_model: async () => ask, kernel: { status: "busy" } };
    panel.widget_manager = manager;
    open().attach(signal(true));
    await vi.advanceTimersByTimeAsync(10);
    expect(session.kernel.busy.value).toBe(true);
    manager.kernel.status = "dead";
    await vi.advanceTimersByTimeAsync(600);
    expect(session.kernel.gone.value).toBe(true);
  });
});

describe("bytes", () => {
  const sha = "a".repeat(64);

  it("that were pushed need no question", async () => {
    open();
    const blobs = [{ sha, mime: "image/png", buf: 0, px: 128 }];
    panel.fire("msg:custom", delta({ full: true, info: info(), media: [medium({ blob: sha })], blobs }), [
      bytes(1),
    ]);
    const blob = await session.blob("r", sha, 100);
    expect([blob.type, blob.size]).toEqual(["image/png", 8]);
    expect(session.cached(sha)).toBe(blob);
    expect([ask.sent, requests]).toEqual([[], []]);
  });

  it("come from the server, once for all who want them", async () => {
    jupyterPage();
    store = [delta(), []];
    open();
    const [one, two] = await Promise.all([session.blob("r", sha, 256), session.blob("r", sha, 256)]);
    expect(await one.text()).toBe("from the server");
    expect(two).toBe(one);
    const urls = requests.map(({ url }) => url).filter((url) => url.includes("/blob/"));
    expect(urls).toEqual([`/user/ada/nbtrack/v1/store/blob/${sha}?run=r&px=256`]);
    expect(ask.sent).toEqual([]);
  });

  it("come from the kernel where there is no server", async () => {
    jupyterPage();
    open();
    ask.answer = ({ id }) =>
      ask.fire("msg:custom", { id, ok: true, result: { mime: "image/webp" } }, [bytes(1, 2)]);
    const blob = await session.blob("r", sha, null);
    expect([blob.type, blob.size]).toEqual(["image/webp", 16]);
    expect(ask.sent).toMatchObject([{ op: "blob", args: { sha, px: null } }]);
  });

  it("that nobody waits for any more are called off", async () => {
    open();
    const stop = new AbortController();
    const failed = session.blob("r", sha, null, stop.signal).catch((e: unknown) => e);
    await vi.waitFor(() => expect(ask.sent).toHaveLength(1));
    stop.abort();
    expect(await failed).toMatchObject({ name: "AbortError" });
    await vi.waitFor(() => expect(ask.sent[1]).toMatchObject({ op: "cancel" }));
  });

  it("that nobody has say why", async () => {
    open();
    ask.answer = ({ id }) =>
      ask.fire("msg:custom", { id, ok: false, error: { type: "NotFoundError", message: "no such blob" } });
    await expect(session.blob("r", sha, null)).rejects.toThrow("no such blob");
  });
});

describe("other questions", () => {
  it("windows of a series come with their numbers", async () => {
    open();
    ask.answer = ({ id }) => {
      const result = { keys: ["loss"], lo: 0, hi: 9, sampled: false, steps: 0, values: [1] };
      ask.fire("msg:custom", { id, ok: true, result }, [bytes(1, 2), bytes(3, 4)]);
    };
    const window = await session.series("r", ["loss"], 0, 9, 100);
    expect([[...window.steps], [...(window.values[0] ?? [])], window.sampled]).toEqual([
      [1, 2],
      [3, 4],
      false,
    ]);
  });

  it("the source of a cell is asked for once", async () => {
    open();
    const result = { source: "train()", count: 4, time: 0, previous: null };
    ask.answer = ({ id }) => ask.fire("msg:custom", { id, ok: true, result });
    expect(await session.cell("r", 7)).toEqual(result);
    expect(await session.cell("r", 7)).toEqual(result);
    expect(ask.sent).toHaveLength(1);
  });

  it("resuming answers with a sentence", async () => {
    open();
    ask.answer = ({ id }) => ask.fire("msg:custom", { id, ok: true, result: { text: "It goes on." } });
    expect(await session.resume("old")).toBe("It goes on.");
  });
});
