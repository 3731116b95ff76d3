import { describe, expect, it } from "vitest";
import { medium } from "../../core/testing";
import {
  type Atom,
  factsOf,
  find,
  fromCamera,
  homeOf,
  idOf,
  isBareTrace,
  nameOf,
  toCamera,
  turned,
  type View,
} from "./atoms";
import { Cameras } from "./cameras";
import { facts } from "./captions";
import { alignedPqr, along, PLAIN, paint, resolved, styles } from "./look";
import { type Borrower, Pool } from "./pool";
import type { Frame, Scene } from "./scene";

function atom(index: number, over: Partial<Atom> = {}): Atom {
  return { x: index, y: 0, z: 0, elem: "C", index, ...over };
}

const CHAIN = [0, 1, 2, 3].map((at) =>
  atom(at, {
    atom: "CA",
    resn: "ALA",
    resi: at + 1,
    chain: at < 2 ? "A" : "B",
    b: 10 * at,
    ss: at < 2 ? "h" : "c",
  }),
);

describe("atoms", () => {
  it("are named by residue, or by element and place", () => {
    expect(nameOf(CHAIN[0] as Atom)).toBe("ALA 1 A · CA");
    expect(nameOf(atom(6, { atom: "C" }))).toBe("C7");
    expect(factsOf(CHAIN[1] as Atom)).toBe("ALA 2 A · CA · C · B 10.0 · (1.00, 0.00, 0.00)");
  });

  it("are found again in another step, also when others came before them", () => {
    const id = idOf(CHAIN[2] as Atom);
    const shifted = [atom(0), ...CHAIN.map((one) => ({ ...one, index: one.index + 1 }))];
    expect(find(shifted, id)?.resi).toBe(3);
    expect(find(CHAIN.slice(0, 1), id)).toBeUndefined();
  });
});

describe("the camera", () => {
  const home = homeOf([atom(0), atom(10)]);

  it("stands where the molecule is", () => {
    expect(home).toEqual({ center: [5, 0, 0], radius: 5, atoms: 2 });
    expect(toCamera({ shift: [0, 0, 0], zoom: 1, turn: [0, 0, 0, 1] }, home).slice(0, 3)).toEqual([-5, 0, 0]);
  });

  it("means the same for a larger molecule elsewhere", () => {
    const view: View = { shift: [1, 2, 3], zoom: 0.5, turn: [0, 0.6, 0, 0.8] };
    const other = homeOf([atom(100), atom(150)]);
    for (const one of [home, other]) {
      const back = fromCamera(toCamera(view, one), one);
      expect(back.zoom).toBeCloseTo(0.5, 9);
      back.shift.forEach((value, at) => {
        expect(value).toBeCloseTo(view.shift[at] as number, 9);
      });
      expect(back.turn).toEqual(view.turn);
    }
  });

  it("comes round after a full turn", () => {
    let view: View = { shift: [0, 0, 0], zoom: 1, turn: [0, 0, 0, 1] };
    for (let i = 0; i < 12; i++) view = turned(view, "y", 30);
    expect(Math.abs(view.turn[3])).toBeCloseTo(1, 9);
  });

  it("is one for all runs while linked, and each run's own after", () => {
    const cameras = new Cameras();
    const heard: string[] = [];
    cameras.listen("a", 0, () => heard.push("a"));
    const b = (): unknown => heard.push("b");
    cameras.listen("b", 0, b);
    cameras.listen("b", 1, () => heard.push("b1"));
    const view: View = { shift: [0, 0, 0], zoom: 2, turn: [0, 0, 0, 1] };
    cameras.set("b", 0, view, b);
    expect(heard).toEqual(["a"]);
    expect(cameras.of("a", 0)).toEqual(view);
    cameras.set("a", 0, { ...view });
    expect(heard).toEqual(["a"]); // nothing changed
    cameras.linked = false;
    expect(cameras.of("a", 0)).toEqual(view);
    cameras.set("a", 0, { ...view, zoom: 3 });
    expect(cameras.of("b", 0).zoom).toBe(2);
  });
});

describe("colors", () => {
  it("name what they mean", () => {
    expect(paint("chain", CHAIN).legend).toMatchObject({ entries: [{ label: "A" }, { label: "B" }] });
    expect(paint("structure", CHAIN).legend).toMatchObject({
      entries: [{ label: "helix" }, { label: "coil" }],
    });
    expect(paint("residue", CHAIN).legend).toMatchObject({ entries: [{ label: "hydrophobic" }] });
    expect(paint("b", CHAIN).legend).toMatchObject({ from: "B 0.0", to: "30.0" });
    expect(paint("spectrum", CHAIN).legend).toMatchObject({ from: "residue 1", to: "4" });
  });

  it("are the ends of a ramp at its ends, and never outside", () => {
    expect(along(["#000000", "#ffffff"], -1)).toBe("#000000");
    expect(along(["#000000", "#ffffff"], 2)).toBe("#ffffff");
    expect(along(["#000000", "#ffffff"], 0.5)).toBe("#808080");
  });

  it("hold for one atom without anything known", () => {
    for (const scheme of ["element", "chain", "residue", "structure", "spectrum", "b"] as const)
      expect(paint(scheme, [atom(0)]).colorOf(atom(0))).toMatch(/^#[0-9a-f]{6}$/);
  });
});

describe("styles", () => {
  it("are cartoons for chains, balls for the rest", () => {
    expect(resolved(PLAIN, CHAIN)).toEqual({ style: "cartoon", scheme: "chain" });
    expect(resolved(PLAIN, [atom(0)])).toEqual({ style: "balls", scheme: "element" });
    expect(resolved({ ...PLAIN, style: "cartoon" }, [atom(0)]).style).toBe("balls");
  });

  it("draw the trace of a chain of which only that is known", () => {
    const water = atom(4, { elem: "O", resn: "HOH", hetflag: true });
    expect(isBareTrace([...CHAIN, water])).toBe(true);
    expect(isBareTrace([...CHAIN, atom(4, { elem: "O", resn: "ALA" })])).toBe(false);
    const drawn = (bare: boolean) => styles("cartoon", () => "#000000", true, bare)[0]?.style.cartoon;
    expect(drawn(true)).toMatchObject({ style: "trace" });
    expect(drawn(false)).not.toHaveProperty("style");
  });

  it("hide hydrogens last, over everything", () => {
    expect(styles("sticks", () => "#000000", false).at(-1)).toEqual({ select: { elem: "H" }, style: {} });
  });
});

describe("pqr files", () => {
  it("are put into columns, with and without a chain", () => {
    const lines = alignedPqr(
      "REMARK\nATOM 1 N ALA A 12 1.0 -2.5 3.25 0.1 1.55\nHETATM 2 CA CA 101 4 5 6 2 1.7",
    ).split("\n");
    expect(lines[0]).toBe("REMARK");
    expect([
      lines[1]?.slice(12, 16),
      lines[1]?.slice(17, 20),
      lines[1]?.[21],
      lines[1]?.slice(22, 26),
    ]).toEqual([" N  ", "ALA", "A", "  12"]);
    expect(lines[1]?.slice(30)).toBe("1.0 -2.5 3.25 0.1 1.55");
    expect(lines[2]?.slice(22, 26)).toBe(" 101");
  });
});

describe("scenes", () => {
  class FakeScene {
    cleared = 0;
    constructor(readonly host: HTMLElement) {}
    resize(): void {}
    picture(): string {
      return "picture";
    }
    clear(): void {
      this.cleared++;
    }
    show(): object {
      return {};
    }
  }
  function pool(limit: number): { pool: Pool; made: FakeScene[] } {
    const made: FakeScene[] = [];
    const make = (host: HTMLElement): Scene => {
      made.push(new FakeScene(host));
      return made.at(-1) as unknown as Scene;
    };
    return { pool: new Pool(make, limit), made };
  }
  function borrower(seen = true): Borrower & { lost: string[] } {
    const lost: string[] = [];
    return { place: document.createElement("div"), inSight: () => seen, taken: (p) => lost.push(p), lost };
  }

  it("are lent up to the limit, and taken from who cannot be seen", () => {
    const { pool: scenes, made } = pool(2);
    const [hidden, shown, third, fourth] = [borrower(false), borrower(), borrower(), borrower()];
    for (const one of [hidden, shown]) expect(scenes.lend(one, false)).not.toBeNull();
    expect(scenes.lend(third, false)).not.toBeNull();
    expect(hidden.lost).toEqual(["picture"]);
    expect(scenes.lend(fourth, false)).toBeNull();
    expect(made).toHaveLength(2);
    expect(scenes.lend(shown, false)?.host.parentElement).toBe(shown.place);
  });

  it("go to who asks firmly, from who did not use his for the longest time", () => {
    const { pool: scenes } = pool(2);
    const [one, two, three] = [borrower(), borrower(), borrower()];
    scenes.lend(one, false);
    scenes.lend(two, false);
    scenes.lend(one, false);
    expect(scenes.lend(three, true)).not.toBeNull();
    expect([one.lost.length, two.lost.length]).toEqual([0, 1]);
  });

  it("are used again after a stage is gone", () => {
    const { pool: scenes, made } = pool(2);
    for (let i = 0; i < 20; i++) {
      const one = borrower();
      scenes.lend(one, false);
      scenes.giveBack(one);
      expect(one.place.childElementCount).toBe(0);
    }
    expect(made).toHaveLength(1);
    expect(made[0]?.cleared).toBe(20);
  });

  it("of pictures is one more, out of sight", () => {
    const { pool: scenes, made } = pool(1);
    scenes.lend(borrower(), false);
    for (let i = 0; i < 5; i++) scenes.print({ look: {} } as unknown as Frame, 100, 80);
    expect(made).toHaveLength(2);
  });
});

it("what the store knows is said in words", () => {
  const meta = { atoms: 1331, residues: 40, chains: ["A", "B"], format: "pdb", models: 20 };
  expect(facts(medium({ meta }))).toEqual(["1,331 atoms", "40 residues", "chains A, B", "20 models", "pdb"]);
  expect(facts(medium({ meta: { error: "LogValueError: no" } }))).toEqual(["LogValueError: no"]);
});
