// What the browser does with the source (import from a Blob URL) is tested in tests/e2e/test_capture.py: node cannot.

import { expect, it, vi } from "vitest";
import { loadPack } from "./packs";

it("is fetched once for all who ask, and again after a failure", async () => {
  const failing = vi.fn(() => Promise.reject(new Error("no way there")));
  const both = [loadPack("a", failing), loadPack("a", failing)];
  await expect(both[0]).rejects.toThrow("no way there");
  await expect(both[1]).rejects.toThrow("no way there");
  expect(failing).toHaveBeenCalledTimes(1);
  await expect(loadPack("a", failing)).rejects.toThrow();
  expect(failing).toHaveBeenCalledTimes(2);
});

it("is shared with other copies of this module on the page", async () => {
  const never = (): Promise<Blob> => new Promise(() => undefined);
  const first = loadPack("b", never);
  vi.resetModules();
  const other = await import("./packs");
  expect(other.loadPack("b", never)).toBe(first);
});
