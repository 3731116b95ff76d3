// A molecule's file and its flat drawing, fetched.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { MediaRow } from "../../core/wire";
import { alignedPqr, isBinary } from "./look";
import type { File } from "./scene";

export interface Fetched {
  /** The last one stays until the next has come, so that the view does not flicker; null without bytes. */
  file: ReadonlySignal<File | null>;
  error: ReadonlySignal<string | null>;
  retry: () => void;
}

export function useFile(io: Io, run: string, row: MediaRow | null): Fetched {
  const file = useSignal<File | null>(null);
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
      .then((blob): Promise<string | ArrayBuffer> => (isBinary(format) ? blob.arrayBuffer() : blob.text()))
      .then(
        (data) => {
          if (stop.signal.aborted) return;
          error.value = null;
          const whole = format === "pqr" && typeof data === "string" ? alignedPqr(data) : data;
          file.value = { sha, format, data: whole };
        },
        (reason: unknown) => {
          if (!stop.signal.aborted) error.value = messageOf(reason);
        },
      );
    return () => stop.abort();
  }, [run, sha, tries.value]);
  return { file, error, retry: () => tries.value++ };
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
