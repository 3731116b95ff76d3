// What the browser does with the source (import from a Blob URL) is tested in tests/e2e/test_capture.py: node cannot.

import { expect, it, vi } from "vitest";
import { loadLibrary, loadViewers, readyViewers } from "./packs";

it("is fetched once for all who ask, and again after a failure", async () => {
  const failing = vi.fn(() => Promise.reject(new Error("no way there")));
  const both = [loadLibrary("a", failing), loadLibrary("a", failing)];
  await expect(both[0]).rejects.toThrow("no way there");
  await expect(both[1]).rejects.toThrow("no way there");
  expect(failing).toHaveBeenCalledTimes(1);
  await expect(loadLibrary("a", failing)).rejects.toThrow();
  expect(failing).toHaveBeenCalledTimes(2);
});

it("is shared with other copies of this module on the page", async () => {
  const never = vi.fn((): Promise<Blob> => new Promise(() => undefined));
  void loadLibrary("b", never);
  vi.resetModules();
  const other = await import("./packs");
  void other.loadLibrary("b", never);
  expect(never).toHaveBeenCalledTimes(1);
});

it("makes the viewers of a pack once for each copy, with what that copy holds", async () => {
  // node does not import Blob URLs: the page's cache is filled as `evaluate` would
  const factory = vi.fn((require?: (name: string) => unknown) => ({ parts: { x: require?.("preact") } }));
  const cache = (globalThis as unknown as Record<symbol, Map<string, unknown>>)[Symbol.for("nbtrack.packs")];
  cache?.set("c", Promise.resolve({ factory }));
  const never = (): Promise<Blob> => Promise.reject(new Error("asked again"));
  expect(readyViewers("c")).toBeNull();
  const first = await loadViewers("c", never);
  expect(await loadViewers("c", never)).toBe(first);
  expect(readyViewers("c")).toBe(first);
  expect(first.parts.x).toHaveProperty("createElement");
  expect(factory).toHaveBeenCalledTimes(1);
  cache?.set("d", Promise.resolve({ factory: (require: (name: string) => unknown) => require("leftpad") }));
  await expect(loadViewers("d", never)).rejects.toThrow('the pack "d" needs "leftpad"');
});
