// What a panel talks to: its runs, and the ways to the kernel and the store. Pushes come on the panel's own model,
// questions go out on the ask model, and the Jupyter server answers from the store when the kernel cannot.

import {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import type { ProjectAsk } from "../panels/project/wire";
import { BlobCache } from "./blobs";
import { Gather, type Loaded, toBlob, toBytes } from "./gather";
import { HttpRoute, pageBaseUrl } from "./http";
import type { Io, Route, SeriesWindowData } from "./io";
import { Kernel } from "./kernel";
import type { Unpacked } from "./packed";
import { loadLibrary, loadViewers, type ViewerPack } from "./packs";
import { nextInterval, POLL_MS, shouldPoll } from "./polling";
import { type ArgsOf, RpcError } from "./rpc";
import { float64, RunModel } from "./run-model";
import { Shared } from "./shared";
import type {
  CellSource,
  Deltas,
  DetailsAsk,
  Hello,
  Push,
  RunDelta,
  RunState,
  SeriesWindow,
  TableAsk,
} from "./wire";

/** The part of anywidget's model that a session needs. */
export interface PanelModel {
  on(event: "msg:custom", callback: (message: unknown, buffers: DataView[]) => void): void;
  off(event: "msg:custom", callback: (message: unknown, buffers: DataView[]) => void): void;
  widget_manager?: unknown;
}

/** Where what is shown comes from; "stale": nothing newer can be had now. */
export type Source = "waiting" | "live" | "busy-store" | "busy-stale" | "gone-store" | "gone-stale";

export interface Notice {
  id: number;
  level: "info" | "warning" | "error";
  text: string;
}

const TICK_MS = 500;
const ASK_AGAIN_MS = 5_000;
const KEEP_MS = 30_000;
/** Runs in one question: few questions, yet an answer never takes long. */
const PORTION = 32;
const NOTICES = 5;
/** Of more runs fewer points of each are asked for, as in nbtrack/panels/delta.py. */
const MANY_RUNS = 50;
const FEWEST_POINTS = 200;

/** Whether a run in this state may still grow. */
export function isOpen(state: RunState | undefined): boolean {
  return state === undefined || state === "running" || state === "stalled";
}

function portions(runs: readonly RunModel[]): RunModel[][] {
  const found: RunModel[][] = [];
  for (let i = 0; i < runs.length; i += PORTION) found.push(runs.slice(i, i + PORTION));
  return found;
}

export class Session implements Io {
  readonly hello: Hello;
  readonly kernel: Kernel;
  readonly route: Signal<Route> = signal("push");
  readonly source: ReadonlySignal<Source>;
  readonly notices: Signal<Notice[]> = signal([]);

  readonly #model: PanelModel;
  readonly #http: HttpRoute | null;
  readonly #gather: Gather | null;
  /** Whether the server serves this store; null while nobody asked. */
  readonly #served: Signal<boolean | null> = signal(null);
  readonly #blobs = new BlobCache();
  readonly #loading = new Shared<Blob>();
  readonly #sources = new Map<string, CellSource>();
  readonly #runs: Signal<readonly RunModel[]>;
  #byId: ReadonlyMap<string, RunModel>;
  readonly #syncing = new Map<string, Promise<void>>();
  readonly #ended = new AbortController();
  readonly #views = new Set<ReadonlySignal<boolean>>();
  /** Series with more points come reduced. */
  #points: number;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #lastPush = Number.NEGATIVE_INFINITY;
  #lastPoll = Number.NEGATIVE_INFINITY;
  #lastSync = Number.NEGATIVE_INFINITY;
  #interval = POLL_MS;
  #settled = false;
  #polling = false;
  #noticed = 0;

  constructor(model: PanelModel, hello: Hello, ended?: AbortSignal) {
    this.hello = hello;
    this.#points = hello.points;
    this.#runs = signal(hello.runs.map((id) => new RunModel(id, hello.keys)));
    this.#byId = new Map(this.runs.map((run) => [run.id, run]));
    this.kernel = new Kernel(model.widget_manager, hello.askModel);
    this.#model = model;
    const base = pageBaseUrl();
    const http = base === null ? null : new HttpRoute(base, hello.storeId);
    this.#http = http;
    this.#gather =
      http &&
      new Gather(
        (run, [sha, px], stop) => http.blob(run, sha, px, stop),
        (run, files, stop) => http.blobs(run, files, stop),
      );
    this.source = computed(() => {
      const served = this.#served.value === true;
      if (this.kernel.gone.value) return served ? "gone-store" : "gone-stale";
      if (this.runs.every((run) => run.info.value === null)) return "waiting";
      if (this.route.value === "http" && this.running) return "busy-store";
      return this.kernel.unanswered.value > 0 && !served ? "busy-stale" : "live";
    });
    // A page of the server: nobody but the store answers.
    if (!hello.askModel) this.kernel.lost("");
    model.on("msg:custom", this.#receive);
    if (ended?.aborted) this.close();
    else ended?.addEventListener("abort", () => this.close(), { once: true });
  }

  /** The runs that are shown, and kept up to date. */
  get runs(): readonly RunModel[] {
    return this.#runs.value;
  }

  /** Show these runs from now on, where the panel lets its reader choose; what is known of others is forgotten. */
  watch(ids: readonly string[]): void {
    const before = this.#runs.peek();
    if (before.length === ids.length && before.every((run, i) => run.id === ids[i])) return;
    const runs = ids.map((id) => this.#byId.get(id) ?? new RunModel(id, this.hello.keys));
    this.#byId = new Map(runs.map((run) => [run.id, run]));
    this.#settled = false;
    this.#points = Math.max(
      FEWEST_POINTS,
      Math.floor((this.hello.points * MANY_RUNS) / Math.max(MANY_RUNS, ids.length)),
    );
    this.#runs.value = runs;
    this.#lastSync = Number.NEGATIVE_INFINITY;
    this.#quietly(this.kernel.ask("watch", { runs: [...ids] }).then(() => undefined));
    this.#quietly(this.#syncAll(runs.filter((run) => !run.complete.value)));
  }

  /** Whether any run may still grow. */
  get running(): boolean {
    return this.runs.some((run) => isOpen(run.info.value?.state));
  }

  /**
   * A view came on the page: from now on the runs are kept up to date, as long as `visible` says that somebody sees
   * them. Call what it returns when the view goes.
   */
  attach(visible: ReadonlySignal<boolean>): () => void {
    this.#views.add(visible);
    if (this.#views.size === 1) {
      void this.kernel.watch(this.#ended.signal);
      this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    }
    const stop = effect(() => {
      if (visible.value) untracked(() => this.#tick());
    });
    return () => {
      stop();
      if (this.#views.delete(visible) && this.#views.size === 0) clearInterval(this.#ticker);
    };
  }

  close(): void {
    clearInterval(this.#ticker);
    this.#model.off("msg:custom", this.#receive);
    this.kernel.close();
    this.#ended.abort();
  }

  dismiss(notice: Notice): void {
    this.notices.value = this.notices.value.filter((other) => other.id !== notice.id);
  }

  // ---- what a view may ask for ---------------------------------------------------------------------------------

  cached(sha: string, px?: number | null): Blob | null {
    return px === undefined ? this.#blobs.best(sha) : this.#blobs.get(sha, px);
  }

  async blob(run: string, sha: string, px: number | null, stop?: AbortSignal): Promise<Blob> {
    return (
      this.#blobs.get(sha, px) ??
      (await this.#loading.get(`${sha}:${px ?? ""}`, (all) => this.#loadBlob(run, sha, px, all), stop))
    );
  }

  async bytes(run: string, sha: string, stop?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return toBytes(this.#blobs.get(sha, null) ?? (await this.#load(run, sha, null, stop)));
  }

  async address(run: string, sha: string): Promise<string | null> {
    return (await this.#server())?.address(run, sha) ?? null;
  }

  prefetch(run: string, shas: readonly string[], px: number | null): void {
    for (const sha of shas) {
      // Reading ahead is a courtesy: whoever needs the bytes asks again and hears of the error.
      if (!this.#blobs.get(sha, px)) this.blob(run, sha, px, this.#ended.signal).catch(() => undefined);
    }
  }

  async series(
    run: string,
    keys: string[],
    lo: number,
    hi: number,
    buckets: number,
    stop?: AbortSignal,
    mean = false,
  ): Promise<SeriesWindowData> {
    const wanted = { keys, lo, hi, buckets, ...(mean && { mean }) };
    const { window, buffers } = await this.#eitherWay(
      async (http) => {
        const { content, buffers } = await http.series(run, wanted, stop);
        return { window: content as unknown as SeriesWindow, buffers };
      },
      async () => {
        const { result, buffers } = await this.kernel.ask("series", { run, ...wanted }, stop);
        return { window: result as unknown as SeriesWindow, buffers };
      },
      stop,
    );
    const [steps, ...values] = [window.steps, ...window.values].map((index) => {
      const buffer = buffers[index];
      if (!buffer) throw new Error(`the points of "${keys.join('", "')}" came without their numbers`);
      return float64(buffer);
    });
    return { keys, lo, hi, sampled: window.sampled, steps: steps as Float64Array, values };
  }

  async cell(run: string, id: number, stop?: AbortSignal): Promise<CellSource> {
    const name = `${run}/${id}`;
    const known = this.#sources.get(name);
    if (known) return known;
    const found = await this.#eitherWay(
      (http) => http.cell(run, id, stop),
      async () => (await this.kernel.ask("cell", { run, cell: id }, stop)).result as unknown as CellSource,
      stop,
    );
    this.#sources.set(name, found);
    return found;
  }

  async library(name: string, stop?: AbortSignal): Promise<unknown> {
    // Whoever stops waiting does not stop it: others on the page may wait for it too.
    const library = await loadLibrary(name, () => this.#pack(name));
    stop?.throwIfAborted();
    return library;
  }

  async viewers(name: string, stop?: AbortSignal): Promise<ViewerPack> {
    const pack = await loadViewers(name, () => this.#pack(name));
    stop?.throwIfAborted();
    return pack;
  }

  table(ask: TableAsk, stop?: AbortSignal): Promise<Unpacked> {
    return this.#question("table", ask, (http) => http.table(ask, stop), stop);
  }

  details(ask: DetailsAsk, stop?: AbortSignal): Promise<Unpacked> {
    return this.#question("details", ask, (http) => http.details(ask, stop), stop);
  }

  project(ask: ProjectAsk, stop?: AbortSignal): Promise<Unpacked> {
    return this.#question("project", ask, (http) => http.project(ask, stop), stop);
  }

  sync(model: RunModel): Promise<void> {
    return this.#syncAll([model]);
  }

  async resume(run: string): Promise<string> {
    const { result } = await this.kernel.ask("resume", { run });
    if (typeof result === "string") return result;
    const text = (result as { text?: unknown } | null)?.text;
    return typeof text === "string" ? text : "Run the cell again: it goes on with that run.";
  }

  // ---- what comes in -------------------------------------------------------------------------------------------

  #receive = (message: unknown, buffers: DataView[]): void => {
    const push = message as Push | null;
    if (push?.t === "delta" || push?.t === "deltas") {
      this.#lastPush = performance.now();
      this.#interval = POLL_MS;
      this.kernel.heard();
      this.#pushed(push.t === "delta" ? [push] : push.deltas, buffers ?? []);
    } else if (push?.t === "notice") {
      const notice = { id: ++this.#noticed, level: push.level, text: push.text };
      this.notices.value = [...this.notices.value, notice].slice(-NOTICES);
    } else if (push?.t === "gone") {
      this.kernel.lost(push.reason || "kernel gone");
    }
  };

  #pushed(deltas: readonly RunDelta[], buffers: readonly DataView[]): void {
    const lost: RunModel[] = [];
    batch(() => {
      for (const delta of deltas) {
        const model = this.#byId.get(delta.run);
        if (!model) continue;
        try {
          if (this.#take(model, delta, buffers, "push") === "ok") continue;
        } catch (error) {
          // A push that cannot be read is as good as lost: what it told is asked for.
          console.error("[nbtrack]", error);
        }
        lost.push(model);
      }
    });
    if (lost.length > 0) this.#quietly(this.#syncAll(lost));
  }

  #takeAll(content: Unpacked["content"], buffers: readonly DataView[], route: Route): void {
    batch(() => {
      for (const delta of (content as Deltas).deltas) {
        const model = this.#byId.get(delta.run);
        if (model) this.#take(model, delta, buffers, route);
      }
    });
  }

  /** Apply a delta and keep the bytes that came with it. */
  #take(model: RunModel, delta: RunDelta, buffers: readonly DataView[], route: Route): "ok" | "gap" {
    for (const { sha, mime, buf, px } of delta.blobs) {
      const bytes = buffers[buf];
      if (bytes) this.#blobs.put(sha, px, new Blob([bytes as DataView<ArrayBuffer>], { type: mime }));
    }
    const before = model.mark();
    const outcome = model.apply(delta, buffers, route === "http" ? "http" : "kernel");
    // A poll that found nothing new says nothing about where the data come from.
    if (route !== "http" || model.mark() !== before) this.route.value = route;
    return outcome;
  }

  async #sync(models: readonly RunModel[]): Promise<void> {
    if (models.length === 0) return;
    this.#lastSync = performance.now();
    if (!this.kernel.gone.value) {
      try {
        const runs = models.map((model) => ({ run: model.id, have: model.have("kernel") }));
        const { result, buffers } = await this.kernel.ask("sync", { runs });
        this.#takeAll(result as Unpacked["content"], buffers, "ask");
        return;
      } catch (error) {
        // Without a server the kernel's own answer is what there is to say.
        if (!(await this.#server())) throw error;
      }
    }
    await this.#readStore(models);
  }

  /** Read runs from the store, through the server. */
  async #readStore(models: readonly RunModel[]): Promise<void> {
    const http = await this.#server();
    if (!http)
      throw new RpcError("Closed", `${this.kernel.reason.value}, and no server reads the store here`);
    const runs = models.map((model) => ({ run: model.id, have: model.have("http") }));
    const { content, buffers } = await http.deltas(runs, this.#points, this.#ended.signal);
    this.#takeAll(content, buffers, "http");
  }

  // ---- keeping up ----------------------------------------------------------------------------------------------

  #tick(): void {
    if (document.hidden || ![...this.#views].some((visible) => visible.peek())) return;
    this.kernel.look();
    const now = performance.now();
    const incomplete = this.runs.filter((run) => !run.complete.value);
    const sinceSync = now - this.#lastSync;
    if (!this.kernel.gone.value && sinceSync > ASK_AGAIN_MS) {
      // A kernel that hears from us now and then need not repeat everything in case something was lost.
      if (sinceSync > KEEP_MS && this.running) this.#quietly(this.#syncAll(this.#due()));
      // While one portion is asked for, others may be pushed.
      else this.#quietly(this.#syncAll(incomplete, (run) => !run.complete.value));
    }
    const due = shouldPoll({
      now,
      gone: this.kernel.gone.value,
      running: this.running,
      complete: incomplete.length === 0,
      lastPush: this.#lastPush,
      lastPoll: this.#lastPoll,
      lastSync: this.#lastSync,
      interval: this.#interval,
      settled: this.#settled,
    });
    if (due && !this.#polling) this.#quietly(this.#poll());
  }

  /** Bring runs up to date, some in a question, one question at a time; who is asked about already is not again. */
  async #syncAll(runs: readonly RunModel[], due: (run: RunModel) => boolean = () => true): Promise<void> {
    const waiting = new Set<Promise<void>>();
    const fresh: RunModel[] = [];
    for (const run of runs) {
      const open = this.#syncing.get(run.id);
      if (open) waiting.add(open);
      else fresh.push(run);
    }
    if (fresh.length > 0) this.#lastSync = performance.now();
    let before: Promise<void> = Promise.resolve();
    for (const some of portions(fresh)) {
      const syncing = before
        .then(() => this.#sync(some.filter(due)))
        .finally(() => {
          for (const { id } of some) this.#syncing.delete(id);
        });
      for (const { id } of some) this.#syncing.set(id, syncing);
      waiting.add(syncing);
      // What failed is said to who waits for it; the others are asked for all the same.
      before = syncing.catch(() => undefined);
    }
    await Promise.all(waiting);
  }

  /** The runs of which the store may know more; all of them once after the kernel went. */
  #due(): readonly RunModel[] {
    if (this.kernel.gone.value && !this.#settled) return this.runs;
    return this.runs.filter((run) => !run.complete.value || isOpen(run.info.value?.state));
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    try {
      if (!(await this.#server())) return;
      const before = this.runs.map((run) => run.mark()).join();
      for (const some of portions(this.#due())) await this.#readStore(some);
      this.#settled = before === this.runs.map((run) => run.mark()).join();
      this.#interval = nextInterval(this.#interval, !this.#settled);
      this.#served.value = true;
    } catch (error) {
      this.#interval = nextInterval(this.#interval, false);
      this.#served.value = false;
      throw error;
    } finally {
      this.#lastPoll = performance.now();
      this.#polling = false;
    }
  }

  /** The server, if it serves this store. */
  async #server(): Promise<HttpRoute | null> {
    const served = this.#http !== null && (await this.#http.available());
    if (this.#served.value !== served) this.#served.value = served;
    return served ? this.#http : null;
  }

  #pack(name: string): Promise<Blob> {
    return this.#eitherWay(
      (http) => http.pack(name),
      async () => {
        const { buffers } = await this.kernel.ask("pack", { name });
        const source = new Blob(buffers as DataView<ArrayBuffer>[]).stream();
        return await new Response(source.pipeThrough(new DecompressionStream("gzip"))).blob();
      },
      undefined,
    );
  }

  async #loadBlob(run: string, sha: string, px: number | null, stop: AbortSignal): Promise<Blob> {
    const blob = toBlob(await this.#load(run, sha, px, stop));
    this.#blobs.put(sha, px, blob);
    return blob;
  }

  #load(run: string, sha: string, px: number | null, stop: AbortSignal | undefined): Promise<Loaded> {
    return this.#eitherWay<Loaded>(
      (http) => this.#gather?.get(run, [sha, px], stop) ?? http.blob(run, sha, px, stop),
      async () => {
        const { result, buffers } = await this.kernel.ask("blob", { sha, px }, stop);
        const mime = (result as { mime?: unknown } | null)?.mime;
        if (!buffers[0]) throw new Error(`the kernel sent no bytes for ${sha.slice(0, 12)}`);
        return {
          bytes: buffers[0] as DataView<ArrayBuffer>,
          type: typeof mime === "string" ? mime : "",
        };
      },
      stop,
    );
  }

  /** A question that server and kernel answer alike. */
  #question<O extends "table" | "details" | "project">(
    op: O,
    args: ArgsOf<O>,
    byServer: (http: HttpRoute) => Promise<Unpacked>,
    stop: AbortSignal | undefined,
  ): Promise<Unpacked> {
    return this.#eitherWay(
      byServer,
      async () => {
        const { result, buffers } = await this.kernel.ask(op, args, stop);
        return { content: result, buffers };
      },
      stop,
    );
  }

  /** The server first, as it answers while the kernel is busy; the kernel where there is no server or it fails. */
  async #eitherWay<T>(
    byServer: (http: HttpRoute) => Promise<T>,
    byKernel: () => Promise<T>,
    stop: AbortSignal | undefined,
  ): Promise<T> {
    const http = await this.#server();
    if (!http) return await byKernel();
    try {
      return await byServer(http);
    } catch (error) {
      if (stop?.aborted || this.kernel.gone.value) throw error;
      return await byKernel();
    }
  }

  /** What fails here is seen in `source`, and is tried again by the next tick. */
  #quietly(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#ended.signal.aborted) console.debug("[nbtrack]", error);
    });
  }
}
