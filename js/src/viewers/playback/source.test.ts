import { afterEach, expect, test, vi } from "vitest";
import { medium } from "../../core/testing";
import { LARGE, played, sourceOf } from "./source";

afterEach(() => vi.unstubAllGlobals());

const row = medium({ kind: "video-file", meta: { format: "mp4", size: LARGE + 1 } });
const io = { address: async () => "http://here/clip" } as unknown as Parameters<typeof sourceOf>[0];
const refused = (): Promise<never> => Promise.reject(new Error("PipelineStatus::DEMUXER_ERROR: no film"));

test("what is not there is not called unplayable, and what is there is not called absent", async () => {
  const source = await sourceOf(io, "run", row, new AbortController().signal);
  vi.stubGlobal("fetch", async () => new Response(null, { status: 404 }));
  await expect(played(row, source, refused())).rejects.toThrow(/^the store no longer holds this file$/);
  vi.stubGlobal("fetch", async () => new Response("x", { status: 206 }));
  await expect(played(row, source, refused())).rejects.toThrow(
    /cannot play this mp4 .*\(DEMUXER_ERROR: no film\)$/,
  );
  await expect(played(row, source, Promise.resolve(7))).resolves.toBe(7);
});
