// The way over the Jupyter server: it answers while the kernel is busy and after it died.

import type { ProjectAsk } from "../panels/project/wire";
import type { FileBytes, FileName } from "./gather";
import { type Unpacked, unpack } from "./packed";
import type { CellSource, DetailsAsk, TableAsk, Wanted } from "./wire";

/** Base URL of the Jupyter server that serves this page, from the page's own configuration; null elsewhere. */
export function pageBaseUrl(page: Document = document): string | null {
  const text = page.getElementById("jupyter-config-data")?.textContent;
  if (!text) return null;
  try {
    const base: unknown = (JSON.parse(text) as { baseUrl?: unknown }).baseUrl;
    return typeof base === "string" ? base.replace(/\/*$/, "/") : null;
  } catch {
    return null;
  }
}

function xsrfToken(page: Document = document): string {
  const found = /(?:^|;\s*)_xsrf=([^;]*)/.exec(page.cookie);
  return found?.[1] ? decodeURIComponent(found[1]) : "";
}

/** The server said no; `status` is 0 when it could not be reached. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, what: string) {
    super(
      status === 0 ? `${what}: the Jupyter server does not answer` : `${what}: the server answered ${status}`,
    );
    this.name = "HttpError";
    this.status = status;
  }
}

const TIMEOUT_MS = 15_000;

export class HttpRoute {
  readonly #root: string;
  #probe: Promise<boolean> | null = null;

  /** `base` ends in a slash. */
  constructor(base: string, storeId: string) {
    this.#root = `${base}nbtrack/v1/${encodeURIComponent(storeId)}/`;
  }

  /** Whether the server knows this store. Asked once; a server that could not be reached is asked again. */
  available(): Promise<boolean> {
    this.#probe ??= this.#fetch("hello", {}).then(
      () => true,
      (error: unknown) => {
        if (error instanceof HttpError && error.status === 0) this.#probe = null;
        return false;
      },
    );
    return this.#probe;
  }

  async deltas(runs: readonly Wanted[], points: number, signal?: AbortSignal): Promise<Unpacked> {
    const reply = await this.#fetch("deltas", {
      method: "POST",
      body: JSON.stringify({ runs, points }),
      headers: { "Content-Type": "application/json", "X-XSRFToken": xsrfToken() },
      signal,
    });
    return unpack(await reply.arrayBuffer());
  }

  async series(
    run: string,
    query: { keys: string[]; lo: number; hi: number; buckets: number; mean?: boolean },
    signal?: AbortSignal,
  ): Promise<Unpacked> {
    const { keys, ...range } = query;
    const params = new URLSearchParams(Object.entries(range).map(([name, value]) => [name, String(value)]));
    for (const key of keys) params.append("key", key);
    const reply = await this.#fetch(`run/${encodeURIComponent(run)}/series?${params}`, { signal });
    return unpack(await reply.arrayBuffer());
  }

  async blob(run: string, sha: string, px: number | null, signal?: AbortSignal): Promise<Blob> {
    const params = new URLSearchParams({ run });
    if (px !== null) params.set("px", String(px));
    const reply = await this.#fetch(`blob/${encodeURIComponent(sha)}?${params}`, { signal });
    return await reply.blob();
  }

  /** Several files in one answer; null for those that must be asked for by themselves. */
  async blobs(run: string, files: readonly FileName[], signal?: AbortSignal): Promise<(FileBytes | null)[]> {
    const reply = await this.#fetch(`run/${encodeURIComponent(run)}/blobs`, {
      method: "POST",
      body: JSON.stringify(files),
      headers: { "Content-Type": "application/json", "X-XSRFToken": xsrfToken() },
      signal,
    });
    const { content, buffers } = unpack(await reply.arrayBuffer());
    let at = 0;
    return (content as unknown as (string | null)[]).map((type) => {
      const bytes = type === null ? undefined : buffers[at++];
      return bytes && type !== null ? { bytes: bytes as DataView<ArrayBuffer>, type } : null;
    });
  }

  address(run: string, sha: string): string {
    return `${this.#root}blob/${encodeURIComponent(sha)}?${new URLSearchParams({ run })}`;
  }

  async pack(name: string): Promise<Blob> {
    return await (await this.#fetch(`pack/${name}`, {}, 10 * TIMEOUT_MS)).blob();
  }

  async cell(run: string, id: number, signal?: AbortSignal): Promise<CellSource> {
    const reply = await this.#fetch(`run/${encodeURIComponent(run)}/cell/${id}`, { signal });
    return (await reply.json()) as CellSource;
  }

  table(ask: TableAsk, signal?: AbortSignal): Promise<Unpacked> {
    return this.#question(`run/${encodeURIComponent(ask.run)}/table`, ask, signal);
  }

  details(ask: DetailsAsk, signal?: AbortSignal): Promise<Unpacked> {
    return this.#question(`run/${encodeURIComponent(ask.run)}/details`, ask, signal);
  }

  project(ask: ProjectAsk, signal?: AbortSignal): Promise<Unpacked> {
    return this.#question("project", ask, signal);
  }

  async #question(path: string, ask: unknown, signal: AbortSignal | undefined): Promise<Unpacked> {
    const reply = await this.#fetch(
      path,
      {
        method: "POST",
        body: JSON.stringify(ask),
        headers: { "Content-Type": "application/json", "X-XSRFToken": xsrfToken() },
        signal,
      },
      4 * TIMEOUT_MS,
    );
    return unpack(await reply.arrayBuffer());
  }

  async #fetch(
    path: string,
    init: {
      method?: string;
      body?: string;
      headers?: Record<string, string>;
      signal?: AbortSignal | undefined;
    },
    timeout = TIMEOUT_MS,
  ): Promise<Response> {
    const { signal, ...rest } = init;
    const limit = AbortSignal.timeout(timeout);
    let reply: Response;
    try {
      reply = await fetch(this.#root + path, {
        ...rest,
        credentials: "same-origin",
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
    } catch {
      if (signal?.aborted) throw signal.reason;
      throw new HttpError(0, path.split("?")[0] as string);
    }
    if (!reply.ok) throw new HttpError(reply.status, path.split("?")[0] as string);
    return reply;
  }
}
