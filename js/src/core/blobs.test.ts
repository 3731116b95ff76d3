import { describe, expect, it } from "vitest";
import { BlobCache } from "./blobs";

const sized = (size: number): Blob => new Blob([new Uint8Array(size)]);

describe("BlobCache", () => {
  it("serves a picture at least as large as was asked for", () => {
    const cache = new BlobCache();
    const small = sized(1);
    cache.put("a", 128, small);
    expect(cache.get("a", 128)).toBe(small);
    expect(cache.get("a", 256)).toBeNull();
    expect(cache.get("a", null)).toBeNull();
    expect(cache.best("a")).toBe(small);
    const whole = sized(9);
    cache.put("a", null, whole);
    expect(cache.get("a", 256)).toBe(whole);
    expect(cache.get("a", null)).toBe(whole);
  });

  it("keeps the better bytes", () => {
    const cache = new BlobCache();
    const whole = sized(9);
    cache.put("a", null, whole);
    cache.put("a", 64, sized(1));
    expect(cache.best("a")).toBe(whole);
  });

  it("drops what was not used for the longest time", () => {
    const cache = new BlobCache(10);
    for (const name of ["a", "b"]) cache.put(name, null, sized(4));
    cache.best("a");
    cache.put("c", null, sized(4));
    expect(["a", "b", "c"].map((name) => cache.best(name) !== null)).toEqual([true, false, true]);
  });

  it("holds even one that is larger than the limit: it is on the screen", () => {
    const cache = new BlobCache(10);
    cache.put("a", null, sized(4));
    cache.put("big", null, sized(40));
    expect([cache.best("a"), cache.best("big")?.size]).toEqual([null, 40]);
  });
});
