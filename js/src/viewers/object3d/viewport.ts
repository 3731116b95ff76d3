// One view: what is in it, and its two canvases, the picture that the stage copies and what is drawn over it.

import type { Cloud, Look, Picked } from "./cloud";
import type { Triple } from "./logic";
import type { Model } from "./mesh";
import { type MarkLook, type Marks, paint, type Sight, type Theme } from "./overlay";
import type { Motion, Rig } from "./rig";
import type { Actor, Group, OrbitControls, PerspectiveCamera, Scene, Stage, Three } from "./three";

/** CSS pixels around the pointer in which a point is found. */
const REACH = 6;
const TURN = 0.006;

export class Viewport implements Actor {
  width = 0;
  height = 0;
  readonly scene: Scene;
  cloud: Cloud | null = null;
  model: Model | null = null;
  marks: Marks | null = null;
  picked: Picked | null = null;
  motion: Motion = "orbit";
  onLost: (lost: boolean) => void = () => undefined;
  onShown: (points: number) => void = () => undefined;

  readonly #three: Three;
  readonly #stage: Stage;
  readonly #picture: HTMLCanvasElement;
  readonly #over: HTMLCanvasElement;
  readonly #nothing: Group;
  #rig: Rig;
  #controls: OrbitControls;
  #deaf: () => void;
  #ratio = 1;
  #look: Look = { by: "z", range: [0, 1], size: 2, hidden: 0 };
  #marksLook: MarkLook = { boxes: true, labels: true, minScore: Number.NEGATIVE_INFINITY };
  #theme: Theme = { ink: "#222", paper: "#fff" };
  /** What belongs to the picture that is shown: the camera, boxes and vectors. */
  #marksShown: Marks | null = null;
  #seen: PerspectiveCamera | null = null;

  constructor(three: Three, rig: Rig, picture: HTMLCanvasElement, over: HTMLCanvasElement) {
    this.#three = three;
    this.#picture = picture;
    this.#over = over;
    this.#stage = three.stage();
    this.scene = new three.Scene();
    this.#nothing = new three.Group();
    const light = new three.DirectionalLight(0xffffff, 1.5);
    light.position.set(-0.4, -0.8, 1);
    this.scene.add(light, new three.HemisphereLight(0xffffff, 0x8a8f98, 1.5));
    this.scene.environmentIntensity = 0.6;
    this.#rig = rig;
    [this.#controls, this.#deaf] = this.#connect(rig);
    this.#stage.add(this);
  }

  get parts(): Group {
    return this.cloud?.group ?? this.#nothing;
  }

  get lit(): boolean {
    return this.model?.mirrors ?? false;
  }

  get rig(): Rig {
    return this.#rig;
  }

  /** Be seen through another camera. */
  set rig(rig: Rig) {
    if (rig === this.#rig) return;
    this.#controls.dispose();
    this.#deaf();
    this.#rig = rig;
    [this.#controls, this.#deaf] = this.#connect(rig);
    this.#enter();
    this.redraw();
  }

  #connect(rig: Rig): [OrbitControls, () => void] {
    return [rig.controls(this.#over), rig.listen(() => this.redraw())];
  }

  /** In CSS pixels. */
  resize(width: number, height: number, ratio: number): void {
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (w === this.width && h === this.height) return;
    this.width = w;
    this.height = h;
    this.#ratio = ratio;
    this.#over.width = w;
    this.#over.height = h;
    this.#apply();
  }

  /** Show a cloud in place of what was there. Its first part has been added. */
  setCloud(cloud: Cloud, ball: { center: Triple; radius: number } | null): void {
    this.clear();
    this.cloud = cloud;
    this.scene.add(cloud.group);
    if (ball) this.#rig.seen(ball.center, ball.radius);
    this.#enter();
    this.#apply();
  }

  setModel(model: Model): void {
    this.clear();
    this.model = model;
    this.scene.add(model.root);
    this.#rig.seen(model.center, model.radius);
    this.#enter();
    this.redraw();
  }

  clear(): void {
    this.picked = null;
    this.marks = null;
    for (const held of [this.cloud?.group, this.model?.root]) if (held) this.scene.remove(held);
    this.cloud?.dispose();
    this.model?.dispose();
    this.cloud = null;
    this.model = null;
    this.redraw();
  }

  /** Put what is in it where the rig's origin is zero. */
  #enter(): void {
    const origin = this.#rig.origin ?? [0, 0, 0];
    if (this.cloud) {
      const { lo } = this.cloud.meta;
      this.cloud.group.position.set(lo[0] - origin[0], lo[1] - origin[1], lo[2] - origin[2]);
    }
    this.model?.root.position.set(-origin[0], -origin[1], -origin[2]);
  }

  setLook(look: Look): void {
    this.#look = look;
    this.#apply();
  }

  #apply(): void {
    this.cloud?.look(this.#look, this.#ratio);
    this.redraw();
  }

  setMarks(marks: Marks | null): void {
    this.marks = marks; // painted together with the picture that they belong to
  }

  setMarkLook(look: MarkLook, theme: Theme): void {
    this.#marksLook = look;
    this.#theme = theme;
    this.#paint();
  }

  set zoomable(on: boolean) {
    this.#controls.enableZoom = on;
    if (!on) this.#rig.release();
  }

  setMotion(motion: Motion): void {
    this.motion = motion;
    this.#controls.enableRotate = motion === "orbit";
  }

  /** The pointer was dragged by so many CSS pixels in fly mode. */
  turn(dx: number, dy: number): void {
    this.#rig.look(-dx * TURN, -dy * TURN);
  }

  /** Another part of the cloud has been added. */
  more(): void {
    this.#stage.more();
  }

  redraw(): void {
    this.#stage.redraw(this);
  }

  aim(): PerspectiveCamera {
    const origin = this.#rig.origin ?? [0, 0, 0];
    const { cloud, model } = this;
    const reach = cloud ? cloud.reach(origin) : model ? distance(model.center, origin) + model.radius : 1;
    return this.#rig.aim(this.width / Math.max(this.height, 1), reach);
  }

  show(source: HTMLCanvasElement, y: number, points: number, camera: PerspectiveCamera): void {
    const { width, height } = this;
    if (this.#picture.width !== width || this.#picture.height !== height) {
      this.#picture.width = width;
      this.#picture.height = height;
    }
    const context = this.#picture.getContext("2d");
    if (!context) return;
    context.globalCompositeOperation = "copy";
    context.drawImage(source, 0, y, width, height, 0, 0, width, height);
    this.#seen = camera;
    this.#marksShown = this.marks;
    this.#paint();
    this.onShown(points);
  }

  lost(lost: boolean): void {
    this.onLost(lost);
  }

  #paint(): void {
    const context = this.#over.getContext("2d");
    const sight = this.#sight();
    if (!context || !sight) return;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    paint(context, sight, this.#marksShown, this.#marksLook, this.picked?.place ?? null, this.#theme);
  }

  #sight(): Sight | null {
    const camera = this.#seen;
    if (!camera || this.width === 0) return null;
    const matrix = new this.#three.Matrix4().multiplyMatrices(
      camera.projectionMatrix,
      camera.matrixWorldInverse,
    );
    const view = camera.matrixWorldInverse.elements as unknown as { [i: number]: number };
    const axis = (i: number, sign: number): Triple => [
      sign * (view[i] as number),
      sign * (view[i + 1] as number),
      sign * (view[i + 2] as number),
    ];
    return {
      matrix: matrix.elements,
      axes: this.model?.yUp ? [axis(0, 1), axis(8, 1), axis(4, -1)] : [axis(0, 1), axis(4, 1), axis(8, 1)],
      origin: this.#rig.origin ?? [0, 0, 0],
      width: this.width / this.#ratio,
      height: this.height / this.#ratio,
    };
  }

  /** Find the point at a place of the canvas, in CSS pixels, and mark it. */
  async pick(x: number, y: number, signal: AbortSignal): Promise<Picked | null> {
    const { cloud } = this;
    const camera = this.#seen;
    if (!cloud || !camera) return null;
    const [w, h] = [this.width / this.#ratio, this.height / this.#ratio];
    const matrix = new this.#three.Matrix4()
      .multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse)
      .multiply(cloud.group.matrixWorld);
    const found = await cloud.pick(
      matrix,
      [(2 * x) / w - 1, 1 - (2 * y) / h],
      [(2 * REACH) / w, (2 * REACH) / h],
      this.#look.hidden,
      signal,
    );
    if (!signal.aborted) this.mark(found);
    return found;
  }

  mark(picked: Picked | null): void {
    this.picked = picked;
    this.#paint();
  }

  dispose(): void {
    this.clear();
    this.#controls.dispose();
    this.#deaf();
    this.#stage.remove(this);
  }
}

function distance(a: Triple, b: Triple): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
