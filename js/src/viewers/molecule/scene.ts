// One WebGL view of 3Dmol's, told again and again what it is to show: only what differs is done anew. It knows nothing
// of panels. It lives in the library `mol3d`, which all panels of a page share.

import {
  type Atom,
  type AtomId,
  distance,
  find,
  fromCamera,
  type Home,
  homeOf,
  isBareTrace,
  toCamera,
  type View,
} from "./atoms";
import {
  isBinary,
  type Legend,
  type Look,
  paint,
  parserOf,
  resolved,
  type Scheme,
  type Style,
  styles,
} from "./look";
import { apply, type Misfit, type Pairing, type Superposed, superpose } from "./superpose";

type Spec = Record<string, unknown>;

interface GlModel {
  selectedAtoms(select: Spec): Atom[];
  setFrame(at: number): unknown;
}

/** What is used of 3Dmol's GLViewer. */
export interface GlViewer {
  addModel(data: string | ArrayBuffer, format: string, options: Spec): GlModel;
  removeAllModels(): void;
  removeAllLabels(): void;
  removeAllShapes(): void;
  removeAllSurfaces(): void;
  setStyle(select: Spec, style: Spec): void;
  setBackgroundColor(color: string, alpha: number): void;
  setHoverDuration(ms: number): void;
  setHoverable(select: Spec, on: boolean, over: (atom: Atom) => void, out: () => void): void;
  setClickable(select: Spec, on: boolean, click: (atom: Atom) => void): void;
  setViewChangeCallback(told: (camera: number[]) => void): void;
  addSurface(type: number, style: Spec, select: Spec): Promise<unknown>;
  addLabel(text: string, options: Spec): unknown;
  addCylinder(options: Spec): unknown;
  addSphere(options: Spec): unknown;
  setView(camera: number[]): void;
  setSlab(near: number, far: number): void;
  getCanvas(): HTMLCanvasElement;
  render(): void;
  resize(): void;
  /** Draws; nearly everything above ends with it. */
  show?: () => void;
  /** One WebGL context, on a canvas that nobody sees, is shared by all viewers of a page. */
  renderer: { getContext(): { canvas: EventTarget } | null; isLost(): boolean };
}

/** What a scene is made with. */
export interface Engine {
  create(host: HTMLElement, options: Spec): GlViewer;
  /** Has `act` ask for a surface: see `surface-workers.ts`. */
  surfacing<T>(act: () => T, progress: (done: number, of: number) => void): { result: T; stop: () => void };
}

/** A model of a molecule's file. */
export interface File {
  sha: string;
  /** Which one; text has it alone, bytes (mmtf) have all. */
  model: number;
  format: string;
  data: string | ArrayBuffer;
}

export interface Frame {
  file: File;
  /** Shown in gray beside it, and what it is laid on. */
  reference: File | null;
  /** Null: alpha carbons where there are chains, else all but hydrogens. */
  pairing: Pairing | null;
  look: Look;
  ground: string;
  measures: readonly (readonly [AtomId, AtomId])[];
  picked: AtomId | null;
  view: View;
  /** Where the camera stands for the whole slider; null: before this molecule, and from then on. */
  home: Home | null;
}

/** What came of a frame. */
export interface Told {
  atoms: readonly Atom[];
  home: Home;
  style: Style;
  scheme: Scheme;
  legend: Legend;
  superposed: Superposed | Misfit | null;
  /** Of the measures in order, in Å; null where an atom is not there. */
  distances: readonly (number | null)[];
}

export interface Listener {
  view(view: View): void;
  hover(atom: Atom | null): void;
  click(atom: Atom): void;
  /** How much of the surface is there, 0 to 1, or why it never comes; null: none is wanted. */
  surface(state: number | string | null): void;
  /** The browser has taken WebGL away; the next frame brings it back. */
  lost(): void;
}

const nothing = (): void => undefined;
const DEAF: Listener = { view: nothing, hover: nothing, click: nothing, surface: nothing, lost: nothing };
const GRAY = "#9aa2ab";
const MARK = "#d9730d";
/** 3Dmol's number of the solvent-excluded surface. */
const SES = 4;
/** Surfaces of more atoms than this take minutes and hundreds of MB. */
export const MAX_SURFACE_ATOMS = 20_000;
/** A surface is begun when nothing else has changed for this long: first what is known at once, then this. */
const SURFACE_REST_MS = 150;

export class Scene {
  listener: Listener = DEAF;
  #viewer: GlViewer;
  #home: Home | null = null;
  #quiet = false;
  #atoms: Atom[] = [];
  #superposed: Superposed | Misfit | null = null;
  #models = "";
  #styled = "";
  #marked = "";
  #ground = "";
  /** Ends the surface that is awaited or computed. */
  #unwrap: () => void = nothing;
  #watched: EventTarget | undefined;

  constructor(
    readonly host: HTMLElement,
    private readonly engine: Engine,
  ) {
    this.#viewer = engine.create(host, { antialias: true, cartoonQuality: 8, disableFog: false });
    this.#viewer.setHoverDuration(30);
    this.#viewer.setViewChangeCallback((camera) => {
      if (!this.#quiet && this.#home) this.listener.view(fromCamera(camera, this.#home));
    });
    this.#watch();
  }

  /** Show a frame; what is as in the last one stays as it is. Throws where the browser has no WebGL left. */
  show(frame: Frame): Told {
    if (this.#viewer.renderer.isLost()) this.#restore();
    this.#watch();
    const told = this.#undrawn(() => this.#tell(frame));
    this.#silently(() => this.#viewer.render());
    return told;
  }

  #tell(frame: Frame): Told {
    const { file, reference, look } = frame;
    const models = `${keyOf(file)} ${reference ? keyOf(reference) : ""} ${frame.pairing ?? ""}`;
    const fresh = models !== this.#models;
    if (fresh) this.#load(frame);
    this.#models = models;
    // Another molecule is seen whole; a step of the same one moves in a view that stays.
    const home = frame.home?.atoms === this.#atoms.length ? frame.home : homeOf(this.#atoms);
    const { style, scheme } = resolved(look, this.#atoms);
    const { colorOf, legend } = paint(scheme, this.#atoms);
    const styled = `${style} ${scheme} ${look.surface} ${look.hydrogens}`;
    if (fresh || styled !== this.#styled) this.#dress(frame, style, colorOf);
    this.#styled = styled;
    if (frame.ground !== this.#ground) this.#viewer.setBackgroundColor(frame.ground, 1);
    const marks = JSON.stringify([frame.measures, frame.picked, frame.ground]);
    const distances = this.#mark(frame, fresh || marks !== this.#marked);
    this.#marked = marks;
    this.#ground = frame.ground;
    this.#home = home;
    const depth = Math.max(50, 4 * home.radius);
    this.#viewer.setSlab(-depth, depth);
    this.#viewer.setView(toCamera(frame.view, home));
    return { atoms: this.#atoms, home, style, scheme, legend, superposed: this.#superposed, distances };
  }

  /** Turn the camera only. */
  turn(view: View): void {
    const home = this.#home;
    if (home) this.#silently(() => this.#viewer.setView(toCamera(view, home)));
  }

  /** After its host stands somewhere else, or has another size. A frame has to follow. */
  resize(): void {
    if (!this.#viewer.renderer.isLost()) this.#undrawn(() => this.#viewer.resize());
  }

  picture(): string {
    return this.#viewer.getCanvas().toDataURL("image/png");
  }

  /** Forget everything, so that nothing large is held. */
  clear(): void {
    this.listener = DEAF;
    this.#home = null;
    this.#undrawn(() => this.#forget());
  }

  #forget(): void {
    this.#models = this.#styled = this.#marked = this.#ground = "";
    this.#atoms = [];
    this.#empty();
  }

  /** What a driver that restarts takes away is lost for good: 3Dmol.js makes a new canvas, and all is loaded again. */
  #restore(): void {
    this.#undrawn(() => {
      this.#forget();
      try {
        this.#viewer.resize();
      } catch {
        // told below: it fails in several ways without a context
      }
    });
    if (this.#viewer.renderer.isLost())
      throw new Error("the browser has taken WebGL away from this page and does not give it back yet");
  }

  /** 3Dmol.js draws on a canvas of no page, which alone hears of a loss. */
  #watch(): void {
    const canvas = this.#viewer.renderer.getContext()?.canvas;
    if (!canvas || canvas === this.#watched) return;
    this.#watched = canvas;
    canvas.addEventListener("webglcontextlost", () => this.listener.lost(), { once: true });
  }

  #empty(): void {
    this.#unwrap();
    this.#viewer.removeAllSurfaces();
    this.#viewer.removeAllLabels();
    this.#viewer.removeAllShapes();
    this.#viewer.removeAllModels();
  }

  #load(frame: Frame): void {
    this.#empty();
    this.#atoms = this.#add(frame.file);
    this.#superposed = null;
    if (frame.reference) {
      const fixed = this.#add(frame.reference);
      const fit = superpose(this.#atoms, fixed, frame.pairing);
      this.#superposed = fit;
      // Nothing is drawn yet, so that the atoms themselves may move.
      if ("rmsd" in fit)
        for (const atom of this.#atoms) [atom.x, atom.y, atom.z] = apply(fit, [atom.x, atom.y, atom.z]);
    }
    this.#viewer.setHoverable(
      {},
      true,
      (atom) => this.listener.hover(atom),
      () => this.listener.hover(null),
    );
    this.#viewer.setClickable({ model: 0 }, true, (atom) => this.listener.click(atom));
  }

  #add(file: File): Atom[] {
    let atoms: Atom[];
    try {
      const multimodel = isBinary(file.format) && file.model > 0;
      const model = this.#viewer.addModel(file.data, parserOf(file.format), { keepH: true, multimodel });
      if (multimodel) model.setFrame(file.model);
      atoms = model.selectedAtoms({});
      // those of later models go on counting
      if (multimodel)
        atoms.forEach((atom, at) => {
          atom.index = at;
        });
    } catch (reason) {
      throw new Error(`3Dmol.js cannot read this ${file.format} file: ${String(reason)}`);
    }
    if (atoms.length === 0) throw new Error(`3Dmol.js finds no atom in this ${file.format} file`);
    return atoms;
  }

  #dress(frame: Frame, style: Style, colorOf: (atom: Atom) => string): void {
    const viewer = this.#viewer;
    viewer.setStyle({}, {});
    const bare = isBareTrace(this.#atoms);
    for (const one of styles(style, colorOf, frame.look.hydrogens, bare))
      viewer.setStyle({ ...one.select, model: 0 }, one.style);
    if (frame.reference)
      for (const one of styles(style, () => GRAY, false, bare))
        viewer.setStyle({ ...one.select, model: 1 }, faint(one.style));
    this.#unwrap();
    viewer.removeAllSurfaces();
    this.listener.surface(null);
    if (!frame.look.surface) return;
    if (this.#atoms.length > MAX_SURFACE_ATOMS) {
      this.listener.surface(`no surface: more than ${MAX_SURFACE_ATOMS.toLocaleString("en")} atoms`);
      return;
    }
    const select: Spec = { model: 0, not: { resn: ["HOH", "WAT", "SOL"] } };
    if (style === "cartoon") select.hetflag = false;
    this.#wrap(select, colorOf);
  }

  /** Compute the surface beside the page; its pieces are seen as they come. */
  #wrap(select: Spec, colorOf: (atom: Atom) => string): void {
    const tell = (state: number | string | null): void => this.listener.surface(state);
    tell(0);
    let stop = nothing;
    const begin = setTimeout(() => {
      const asked = this.engine.surfacing(
        () => this.#viewer.addSurface(SES, { opacity: 0.72, colorfunc: colorOf }, select),
        (done, of) => tell(done / of),
      );
      stop = asked.stop;
      asked.result.then(
        () => tell(1),
        () => tell("no surface: its computation failed"),
      );
    }, SURFACE_REST_MS);
    this.#unwrap = () => {
      clearTimeout(begin);
      stop();
      this.#unwrap = nothing;
    };
  }

  #mark(frame: Frame, anew: boolean): (number | null)[] {
    const viewer = this.#viewer;
    if (anew) {
      viewer.removeAllLabels();
      viewer.removeAllShapes();
    }
    const picked = frame.picked && find(this.#atoms, frame.picked);
    if (anew && picked) viewer.addSphere({ center: place(picked), radius: 0.7, color: MARK, opacity: 0.55 });
    return frame.measures.map(([one, other]) => {
      const a = find(this.#atoms, one);
      const b = find(this.#atoms, other);
      if (!a || !b) return null;
      const far = distance(a, b);
      if (anew) {
        viewer.addCylinder({ start: place(a), end: place(b), radius: 0.06, dashed: true, color: MARK });
        viewer.addLabel(`${far.toFixed(2)} Å`, {
          position: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, z: (a.z + b.z) / 2 },
          fontSize: 13,
          fontColor: frame.ground === "#ffffff" ? "#1f2328" : "#e3e6ea",
          backgroundColor: frame.ground,
          backgroundOpacity: 0.75,
          inFront: true,
        });
      }
      return far;
    });
  }

  /** 3Dmol draws after each thing that it is told. Here it draws once, after all. */
  #undrawn<T>(act: () => T): T {
    this.#viewer.show = () => undefined;
    try {
      return act();
    } finally {
      delete this.#viewer.show; // the class's own is seen again
    }
  }

  /** 3Dmol says every change of its view, also those that it was told to make. */
  #silently(act: () => void): void {
    const before = this.#quiet;
    this.#quiet = true;
    try {
      act();
    } finally {
      this.#quiet = before;
    }
  }
}

function keyOf(file: File): string {
  return `${file.sha}/${file.model}`;
}

function place(atom: Atom): { x: number; y: number; z: number } {
  return { x: atom.x, y: atom.y, z: atom.z };
}

function faint(style: Spec): Spec {
  return Object.fromEntries(
    Object.entries(style).map(([kind, spec]) => [kind, { ...(spec as Spec), opacity: 0.65 }]),
  );
}
