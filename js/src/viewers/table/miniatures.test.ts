import { expect, it } from "vitest";
import { Miniatures } from "./miniatures";

/** Rests that come when they are told to. */
function atWill(): { rest: (then: () => void) => void; come: () => Promise<void> } {
  const asked: (() => void)[] = [];
  return {
    rest: (then) => asked.push(then),
    come: async () => {
      asked.shift()?.();
      await new Promise((done) => setTimeout(done, 0));
    },
  };
}
const never = new AbortController().signal;

it("makes one picture at each rest, in the order in which they were asked for", async () => {
  const { rest, come } = atWill();
  const pictures = new Miniatures<string>(rest);
  const drawn: string[] = [];
  const draw = (name: string) => async () => {
    drawn.push(name);
    return name;
  };
  const all = ["a", "b", "a"].map((name) => pictures.make(name, draw(name), never));
  expect(drawn).toEqual([]);
  await come();
  expect(drawn).toEqual(["a"]);
  await come();
  await come();
  expect(drawn).toEqual(["a", "b"]); // the second "a" is the first one
  expect(await Promise.all(all)).toEqual(["a", "b", "a"]);
  expect(await pictures.find("b")).toBe("b");
  expect(pictures.find("c")).toBeNull();
});

it("leaves out whoever has gone, and goes on after a failure, which it remembers", async () => {
  const { rest, come } = atWill();
  const pictures = new Miniatures<string>(rest);
  const gone = new AbortController();
  let draws = 0;
  const left = pictures.make("left", async () => `${draws++}`, gone.signal);
  const broken = pictures.make("broken", () => Promise.reject(new Error("says Vega")), never);
  const whole = pictures.make("whole", async () => "drawn", never);
  gone.abort();
  await expect(left).rejects.toThrow();
  const said = expect(broken).rejects.toThrow("says Vega");
  await come();
  await said;
  await come();
  expect(await whole).toBe("drawn");
  expect(draws).toBe(0);
  await expect(pictures.find("broken")).rejects.toThrow("says Vega");
});

it("keeps the ones that were seen last", async () => {
  const pictures = new Miniatures<number>((then) => then());
  for (let i = 0; i < 200; i++) await pictures.make(`${i}`, async () => i, never);
  pictures.find("0");
  await pictures.make("new", async () => 200, never);
  expect(pictures.find("1")).toBeNull();
  expect(await pictures.find("0")).toBe(0);
});
