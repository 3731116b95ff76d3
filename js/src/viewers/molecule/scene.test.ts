import { describe, expect, it, vi } from "vitest";
import type { Atom } from "./atoms";
import { PLAIN } from "./look";
import { type Engine, type Frame, type GlViewer, MAX_SURFACE_ATOMS, Scene } from "./scene";

/** Says yes to everything, and counts. */
class FakeViewer {
  lost = false;
  resizes = 0;
  loaded: string[] = [];
  frames: number[] = [];
  surfaces = 0;
  finish: () => void = () => undefined;
  context = { canvas: new EventTarget() };
  renderer = { getContext: () => this.context, isLost: () => this.lost };

  addModel(data: string): unknown {
    this.loaded.push(data);
    const atoms: Partial<Atom>[] = Array.from({ length: Number(data) }, (_, index) => ({
      x: index,
      y: 0,
      z: 0,
      elem: "C",
      index,
    }));
    return { selectedAtoms: () => atoms, setFrame: (at: number) => this.frames.push(at) };
  }
  addSurface(): Promise<void> {
    this.surfaces++;
    return new Promise((done) => {
      this.finish = done;
    });
  }
  /** As 3Dmol.js does it: a new canvas and a new context. */
  resize(): void {
    this.resizes++;
    if (!this.lost) return;
    this.lost = false;
    this.context = { canvas: new EventTarget() };
  }
  lose(): void {
    this.lost = true;
    this.context.canvas.dispatchEvent(new Event("webglcontextlost"));
  }
}

function scene(): {
  scene: Scene;
  viewer: FakeViewer;
  told: (number | string | null)[];
  lost: () => number;
  stopped: () => number;
} {
  const viewer = new FakeViewer();
  const every = new Proxy(viewer, {
    get: (target, name) => Reflect.get(target, name, target) ?? (() => undefined),
  }) as unknown as GlViewer;
  let stopped = 0;
  const engine: Engine = {
    create: () => every,
    surfacing: (act, progress) => {
      const result = act();
      progress(1, 2);
      return { result, stop: () => void stopped++ };
    },
  };
  const made = new Scene(document.createElement("div"), engine);
  const told: (number | string | null)[] = [];
  let lost = 0;
  const ignored = (): void => undefined;
  made.listener = {
    view: ignored,
    hover: ignored,
    click: ignored,
    surface: (state) => told.push(state),
    lost: () => void lost++,
  };
  return { scene: made, viewer, told, lost: () => lost, stopped: () => stopped };
}

function frame(atoms: number, over: Partial<Frame> = {}): Frame {
  return {
    file: { sha: "a", model: 0, format: "pdb", data: String(atoms) },
    reference: null,
    pairing: null,
    look: PLAIN,
    ground: "#ffffff",
    measures: [],
    picked: null,
    view: { shift: [0, 0, 0], zoom: 1, turn: [0, 0, 0, 1] },
    home: null,
    ...over,
  };
}

describe("a scene", () => {
  it("reads a model once, and another model of the file", () => {
    const { scene: one, viewer } = scene();
    one.show(frame(5));
    one.show(frame(5, { look: { ...PLAIN, style: "lines" } }));
    expect(viewer.loaded).toEqual(["5"]);
    one.show(frame(5, { file: { sha: "a", model: 1, format: "pdb", data: "6" } }));
    expect(viewer.loaded).toEqual(["5", "6"]);
    one.show(frame(5, { file: { sha: "b", model: 3, format: "mmtf", data: "7" } }));
    expect(viewer.frames).toEqual([3]);
  });

  it("stays where it stands for as many atoms, and sees others whole", () => {
    const { scene: one } = scene();
    const { home } = one.show(frame(5));
    const same = { sha: "a", model: 1, format: "pdb", data: "5" };
    expect(one.show(frame(5, { file: same, home })).home).toBe(home);
    expect(one.show(frame(9, { file: { ...same, model: 2, data: "9" }, home })).home.atoms).toBe(9);
  });

  it("tells of a loss, and with the next frame loads everything again", () => {
    const { scene: one, viewer, lost } = scene();
    one.show(frame(5));
    for (const times of [1, 2]) {
      viewer.lose();
      expect(lost()).toBe(times);
      one.show(frame(5));
      expect(viewer.loaded).toHaveLength(1 + times);
    }
  });

  it("says so while the browser gives no WebGL back", () => {
    const { scene: one, viewer } = scene();
    one.show(frame(5));
    viewer.lost = true;
    viewer.resize = () => {
      throw new TypeError("no context");
    };
    expect(() => one.show(frame(5))).toThrow(/taken WebGL away/);
  });

  it("computes a surface when it rests, tells how far it is, and ends it for another model", async () => {
    vi.useFakeTimers();
    const { scene: one, viewer, told, stopped } = scene();
    const look = { ...PLAIN, surface: true };
    for (let model = 0; model < 20; model++)
      one.show(frame(5, { look, file: { sha: "a", model, format: "pdb", data: "5" } }));
    vi.runAllTimers();
    expect(viewer.surfaces).toBe(1);
    viewer.finish();
    await Promise.resolve();
    expect(told.slice(-3)).toEqual([0, 0.5, 1]);
    one.show(frame(5, { look: PLAIN }));
    expect(stopped()).toBe(1);
    expect(told.at(-1)).toBeNull();
    one.show(
      frame(MAX_SURFACE_ATOMS + 1, {
        look,
        file: { sha: "c", model: 0, format: "pdb", data: String(MAX_SURFACE_ATOMS + 1) },
      }),
    );
    vi.runAllTimers();
    expect(told.at(-1)).toBe("no surface: more than 20,000 atoms");
    expect(viewer.surfaces).toBe(1);
    vi.useRealTimers();
  });
});
