import { describe, expect, it } from "vitest";
import { Shared } from "./shared";

describe("Shared", () => {
  it("does the work once for all who want it at the same time", async () => {
    const shared = new Shared<number>();
    let started = 0;
    const start = async (): Promise<number> => ++started;
    expect(await Promise.all([shared.get("a", start), shared.get("a", start)])).toEqual([1, 1]);
    expect(await shared.get("a", start)).toBe(2);
  });

  it("stops the work only when the last has left", async () => {
    const shared = new Shared<number>();
    let work: AbortSignal | undefined;
    const start = (stop: AbortSignal): Promise<number> => {
      work = stop;
      return new Promise((_, reject) => stop.addEventListener("abort", () => reject(stop.reason)));
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [shared.get("a", start, one.signal), shared.get("a", start, two.signal)];
    const settled = Promise.allSettled(waiting);
    one.abort("left");
    expect(work?.aborted).toBe(false);
    two.abort("left too");
    expect(work?.aborted).toBe(true);
    expect((await settled).map((r) => r.status)).toEqual(["rejected", "rejected"]);
  });

  it("tells everyone of a failure, and tries anew the next time", async () => {
    const shared = new Shared<number>();
    const fail = (): Promise<number> => Promise.reject(new Error("disk"));
    const both = await Promise.allSettled([shared.get("a", fail), shared.get("a", fail)]);
    expect(both.map((r) => r.status)).toEqual(["rejected", "rejected"]);
    expect(await shared.get("a", async () => 5)).toBe(5);
  });
});
