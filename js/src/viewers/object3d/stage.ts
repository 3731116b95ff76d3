// The page's one WebGL context. Browsers keep about sixteen and kill the oldest, so all 3-D views are drawn here, one
// after the other, and copied into the 2-D canvas of each.
//
// A view is drawn in steps: the first after a move of the camera has as many points as the machine draws in a frame and is
// shown at once, the others make the picture denser while nothing moves. Nobody waits for the GPU: a fence tells when a
// step is done.

import {
  type Camera,
  type Group,
  PMREMGenerator,
  type Points,
  type Scene,
  type Texture,
  WebGLRenderer,
  type WebGLRenderTarget,
} from "three";
import { RoomEnvironment } from "three/addons/environments/RoomEnvironment.js";
import { Pace } from "./budget";

/** A view as the stage sees it. */
export interface Actor {
  /** In device pixels. */
  readonly width: number;
  readonly height: number;
  readonly scene: Scene;
  /** Points by parts, first the most important; what else is in the scene is drawn with the first step. */
  readonly parts: Group;
  /** Whether something in it mirrors its surroundings. */
  readonly lit: boolean;
  /** The camera as it is now, ready to be drawn with. */
  aim(): Camera;
  /** A picture of the first `points` points, seen through `camera`, lies in `source` at (0, y). */
  show(source: HTMLCanvasElement, y: number, points: number, camera: Camera): void;
  /** The context was lost (true) or is there again. */
  lost(lost: boolean): void;
}

interface Role {
  /** The picture has to be begun anew. */
  stale: boolean;
  /** Points in the framebuffer (while it is this view's), and in the picture that is shown. */
  drawn: number;
  shown: number;
  /** When that was. */
  at: number;
}

interface Step {
  actor: Actor;
  role: Role;
  camera: Camera;
  /** Points in the framebuffer when it is done, and before. */
  points: number;
  before: number;
  sync: WebGLSync | null;
  began: number;
}

const RESTORE_MS = 2000;
/** Time for the first step after a move, and for each that follows. */
const MOVE_MS = 24;
const REFINE_MS = 60;
/** What each step costs besides its points is not worth fewer of them. */
const REFINE_LEAST = 2 ** 16;
/** A denser picture is shown so often: each one is work for the page, too. */
const SHOW_MS = 200;
const POLL_MS = 4;

export class Stage {
  readonly #roles = new Map<Actor, Role>();
  #renderer: WebGLRenderer;
  #light: WebGLRenderTarget | null = null;
  #lost = false;
  /** Whose picture the framebuffer holds. */
  #owner: Actor | null = null;
  #step: Step | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pace = new Pace(2 ** 17);

  constructor() {
    this.#renderer = this.#open();
  }

  add(actor: Actor): void {
    this.#roles.set(actor, { stale: true, drawn: 0, shown: 0, at: 0 });
    if (this.#lost) actor.lost(true);
    this.#wake();
  }

  remove(actor: Actor): void {
    this.#roles.delete(actor);
    if (this.#owner === actor) this.#owner = null;
  }

  /** The camera, the size or the look has changed: draw anew. */
  redraw(actor: Actor): void {
    const role = this.#roles.get(actor);
    if (role) role.stale = true;
    this.#wake();
  }

  /** Parts have been added: go on. */
  more(): void {
    this.#wake();
  }

  /** The renderer's own canvas, for tests of a lost context. */
  get canvas(): HTMLCanvasElement {
    return this.#renderer.domElement;
  }

  #open(): WebGLRenderer {
    const slow = isSoftware();
    this.#pace = new Pace(slow ? 2 ** 15 : 2 ** 17);
    const renderer = new WebGLRenderer({
      alpha: true,
      antialias: !slow,
      preserveDrawingBuffer: true,
      powerPreference: "high-performance",
    });
    renderer.autoClear = false;
    renderer.setClearColor(0, 0);
    renderer.setPixelRatio(1);
    renderer.setSize(16, 16, false);
    const canvas = renderer.domElement;
    let patience: ReturnType<typeof setTimeout> | undefined;
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      if (this.#renderer !== renderer) return;
      this.#setLost(true);
      patience = setTimeout(() => this.#reopen(renderer), RESTORE_MS);
    });
    canvas.addEventListener("webglcontextrestored", () => {
      clearTimeout(patience);
      if (this.#renderer === renderer) this.#setLost(false);
    });
    return renderer;
  }

  /** The browser has not given the context back: take a new one. Geometries are uploaded again when drawn. */
  #reopen(old: WebGLRenderer): void {
    if (this.#renderer !== old) return;
    try {
      this.#renderer = this.#open();
    } catch {
      setTimeout(() => this.#reopen(old), RESTORE_MS); // no context to be had yet; the views say that it is lost
      return;
    }
    old.dispose();
    this.#setLost(false);
  }

  #setLost(lost: boolean): void {
    this.#lost = lost;
    this.#owner = null;
    this.#step = null;
    this.#light = null;
    for (const [actor, role] of this.#roles) {
      role.stale = true;
      actor.lost(lost);
    }
    if (!lost) this.#wake();
  }

  /** A move waits for the next frame; what goes on while nothing moves does not. */
  #wake(): void {
    if (this.#frame === 0 && !this.#lost) this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #tick(): void {
    if (this.#frame !== 0) cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = 0;
    if (this.#lost) return;
    const step = this.#step;
    if (step && !this.#finished(step)) {
      this.#timer = setTimeout(() => this.#tick(), POLL_MS);
      return;
    }
    const next = this.#next();
    if (!next) return;
    this.#begin(...next);
    this.#timer = setTimeout(() => this.#tick(), POLL_MS);
  }

  /** Views to begin anew come first, in turn; then the one in the framebuffer; then any that is not complete. */
  #next(): [Actor, Role] | null {
    for (const [actor, role] of this.#roles)
      if (role.stale && actor.width > 0) {
        this.#roles.delete(actor);
        this.#roles.set(actor, role);
        return [actor, role];
      }
    const open = ([actor, role]: [Actor, Role]): boolean =>
      actor.width > 0 && (this.#owner === actor ? role.drawn : role.shown) < pointsOf(actor);
    const own = this.#owner && this.#roles.get(this.#owner);
    if (this.#owner && own && open([this.#owner, own])) return [this.#owner, own];
    return [...this.#roles].find(open) ?? null;
  }

  #begin(actor: Actor, role: Role): void {
    const renderer = this.#renderer;
    const gl = renderer.getContext() as WebGL2RenderingContext;
    const { width, height } = actor;
    if (renderer.domElement.width < width || renderer.domElement.height < height) {
      renderer.setSize(
        Math.max(width, renderer.domElement.width),
        Math.max(height, renderer.domElement.height),
        false,
      );
      this.#owner = null;
    }
    const first = role.stale || this.#owner !== actor;
    if (role.stale) role.shown = 0;
    role.stale = false;
    if (first) role.drawn = 0;
    this.#owner = actor;
    const camera = actor.aim();
    renderer.setViewport(0, 0, width, height);
    renderer.setScissor(0, 0, width, height);
    renderer.setScissorTest(true);
    if (first) renderer.clear();
    for (const child of actor.scene.children) if (child !== actor.parts) child.visible = first;
    actor.scene.environment = actor.lit ? this.#environment() : null;
    const count = first ? this.#pace.points(MOVE_MS) : Math.max(REFINE_LEAST, this.#pace.points(REFINE_MS));
    const stop = Math.min(pointsOf(actor), role.drawn + count);
    const before = role.drawn;
    restrict(actor, before, stop);
    renderer.render(actor.scene, camera);
    role.drawn = stop;
    const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    this.#step = {
      actor,
      role,
      camera: camera.clone(),
      points: stop,
      before,
      sync,
      began: performance.now(),
    };
  }

  #finished(step: Step): boolean {
    const gl = this.#renderer.getContext() as WebGL2RenderingContext;
    if (step.sync && gl.clientWaitSync(step.sync, 0, 0) === gl.TIMEOUT_EXPIRED) return false;
    gl.deleteSync(step.sync);
    this.#step = null;
    const now = performance.now();
    this.#pace.took(step.points - step.before, now - step.began);
    const { actor, role } = step;
    if (this.#roles.get(actor) !== role) return true;
    // A picture that was begun anew because another view was drawn meanwhile is shown when it is the better one.
    const better = step.points > role.shown || role.shown === 0;
    const due = role.shown === 0 || step.points >= pointsOf(actor) || role.stale || now - role.at > SHOW_MS;
    if (better && due) {
      const canvas = this.#renderer.domElement;
      actor.show(canvas, canvas.height - actor.height, step.points, step.camera);
      role.shown = step.points;
      role.at = now;
    }
    return true;
  }

  #environment(): Texture {
    if (!this.#light) {
      const generator = new PMREMGenerator(this.#renderer);
      this.#light = generator.fromScene(new RoomEnvironment(), 0.04);
      generator.dispose();
      this.#renderer.setRenderTarget(null);
    }
    return this.#light.texture;
  }
}

/** Whether the GPU is a program: everything that it draws, also the page itself, then waits for our points. */
function isSoftware(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  const name = gl ? String(gl.getParameter(gl.RENDERER)) : "";
  const known = gl?.getExtension("WEBGL_debug_renderer_info");
  const full = gl && known ? String(gl.getParameter(known.UNMASKED_RENDERER_WEBGL)) : name;
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(full);
}

function pointsOf(actor: Actor): number {
  return actor.parts.children.reduce((sum, part) => sum + countOf(part as Points), 0);
}

function countOf(part: Points): number {
  return part.geometry.getAttribute("position").count;
}

/** Let only the points from `start` to `stop` be drawn. */
function restrict(actor: Actor, start: number, stop: number): void {
  let at = 0;
  for (const child of actor.parts.children as Points[]) {
    const n = countOf(child);
    const from = Math.max(start - at, 0);
    const count = Math.min(stop - at, n) - from;
    child.visible = count > 0;
    if (count > 0) child.geometry.setDrawRange(from, count);
    at += n;
  }
}

let made: Stage | undefined;

/** The page's stage. Throws where the browser gives no WebGL. */
export function stage(): Stage {
  made ??= new Stage();
  return made;
}
