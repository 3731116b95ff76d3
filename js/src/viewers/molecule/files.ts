// A molecule's file and its flat drawing, fetched.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { MediaRow } from "../../core/wire";
import { alignedPqr, isBinary, parserOf } from "./look";
import { Models } from "./models";
import type { File } from "./scene";

/** A file that is here, with its models. */
export interface Loaded {
  sha: string;
  count: number;
  /** What the file calls a model; "" where it says nothing. */
  title(at: number): string;
  /** One model, for 3Dmol.js to read. */
  model(at: number): File;
}

export interface Fetched {
  /** The last one stays until the next has come, so that the view does not flicker; null without bytes. */
  file: ReadonlySignal<Loaded | null>;
  error: ReadonlySignal<string | null>;
  retry: () => void;
}

export function useFile(io: Io, run: string, row: MediaRow | null): Fetched {
  const file = useSignal<Loaded | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  const sha = row?.blob ?? null;
  useEffect(() => {
    if (!row || !sha) {
      file.value = null;
      return undefined;
    }
    const stop = new AbortController();
    const format = String(row.meta.format ?? "");
    io.blob(run, sha, null, stop.signal)
      .then(
        async (blob): Promise<Loaded> =>
          isBinary(format)
            ? binary(sha, format, await blob.arrayBuffer(), Number(row.meta.models ?? 1))
            : text(sha, format, await blob.text()),
      )
      .then(
        (loaded) => {
          if (stop.signal.aborted) return;
          error.value = null;
          file.value = loaded;
        },
        (reason: unknown) => {
          if (stop.signal.aborted) return;
          error.value = messageOf(reason);
          file.value = null;
        },
      );
    return () => stop.abort();
  }, [run, sha, tries.value]);
  return { file, error, retry: () => tries.value++ };
}

function text(sha: string, format: string, whole: string): Loaded {
  const models = new Models(whole, parserOf(format));
  return {
    sha,
    count: models.count,
    title: (at) => models.title(at),
    model: (at) => {
      const data = models.text(at);
      return { sha, model: at, format, data: format === "pqr" ? alignedPqr(data) : data };
    },
  };
}

/** 3Dmol.js itself finds the models of binary files; the store has counted them. */
function binary(sha: string, format: string, data: ArrayBuffer, count: number): Loaded {
  return { sha, count, title: () => "", model: (at) => ({ sha, model: at, format, data }) };
}

/** The URL of a drawing; it is shown as a picture, in which no script runs. */
export function usePicture(io: Io, run: string, sha: string | null): ReadonlySignal<string | null> {
  const url = useSignal<string | null>(null);
  useEffect(() => {
    if (!sha) {
      url.value = null;
      return undefined;
    }
    const stop = new AbortController();
    let made: string | null = null;
    io.blob(run, sha, null, stop.signal).then(
      (blob) => {
        if (stop.signal.aborted) return;
        made = URL.createObjectURL(new Blob([blob], { type: "image/svg+xml" }));
        url.value = made;
      },
      () => {
        // the molecule itself is there; its drawing is an extra
        if (!stop.signal.aborted) url.value = null;
      },
    );
    return () => {
      stop.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [run, sha]);
  return url;
}
