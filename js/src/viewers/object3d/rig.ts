// A camera and where it looks, shared by all views that are linked. The height is the third axis. Numbers are relative
// to `origin`, the middle of the first thing that was seen: coordinates of maps are too long for 32 bits.

import type { Triple } from "./logic";
import type { OrbitControls, PerspectiveCamera, Three, Vector3 } from "./three";

/** From where things are first looked at: the same corner as in stills (draw_object3d.py). */
const CORNER: Triple = [-0.55, -0.75, 0.5];
const DISTANCE = 2.1;
const FIELD = 40;

export type Motion = "orbit" | "fly";

export class Rig {
  readonly camera: PerspectiveCamera;
  readonly target: Vector3;
  origin: Triple | null = null;
  /** Of the ball that everything is measured by. */
  radius = 1;
  #center: Triple = [0, 0, 0];
  readonly #three: Three;
  readonly #views = new Set<() => void>();
  /** Keys that are held, and the frame that moves by them. */
  readonly #held = new Set<string>();
  #frame = 0;
  #then = 0;

  constructor(three: Three) {
    this.#three = three;
    this.camera = new three.PerspectiveCamera(FIELD, 1, 0.01, 100);
    this.camera.up.set(0, 0, 1);
    this.target = new three.Vector3();
  }

  /** Tell `moved` of each move; returns what ends it. */
  listen(moved: () => void): () => void {
    this.#views.add(moved);
    return () => this.#views.delete(moved);
  }

  /** The first thing that is seen decides where the camera stands; what comes later is looked at from there. */
  seen(center: Triple, radius: number): void {
    if (this.origin) return;
    this.origin = center;
    this.#center = center;
    this.radius = radius;
    this.fit();
  }

  /** Look at this from a corner above, or from a side ("top"). */
  fit(center: Triple = this.#center, radius = this.radius, from: Triple = CORNER): void {
    const origin = this.origin ?? center;
    this.#center = center;
    this.radius = radius;
    this.target.set(center[0] - origin[0], center[1] - origin[1], center[2] - origin[2]);
    const away = new this.#three.Vector3(...from).normalize().multiplyScalar(radius * DISTANCE);
    this.camera.position.copy(this.target).add(away);
    this.camera.lookAt(this.target);
    this.moved();
  }

  /** Take another camera's place. */
  copy(other: Rig): void {
    this.origin = other.origin;
    this.radius = other.radius;
    this.#center = other.#center;
    this.target.copy(other.target);
    this.camera.position.copy(other.camera.position);
    this.camera.quaternion.copy(other.camera.quaternion);
    this.moved();
  }

  moved(): void {
    for (const view of this.#views) view();
  }

  /** The camera for a canvas of this shape, and a scene whose ball is that far around the origin. */
  aim(aspect: number, reach: number): PerspectiveCamera {
    const { camera } = this;
    camera.aspect = aspect;
    // The ball fills the shorter side.
    const half = Math.tan((FIELD / 2) * (Math.PI / 180));
    camera.fov = 2 * Math.atan(aspect < 1 ? half / aspect : half) * (180 / Math.PI);
    const far = camera.position.length() + reach;
    camera.far = far * 1.01;
    camera.near = Math.max(
      far * 1e-5,
      Math.min(this.radius * 0.005, camera.position.distanceTo(this.target) * 0.05),
    );
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
    return camera;
  }

  /** Let mouse and fingers on `canvas` move the camera. */
  controls(canvas: HTMLCanvasElement): OrbitControls {
    const controls = new this.#three.OrbitControls(this.camera, canvas);
    controls.target = this.target;
    controls.zoomToCursor = true;
    controls.screenSpacePanning = true;
    controls.zoomSpeed = 1.5;
    controls.enableZoom = false; // until the canvas has the focus: a wheel over it scrolls the page
    controls.addEventListener("change", () => this.moved());
    return controls;
  }

  /** Turn around the target, in radians. */
  orbit(sideways: number, up: number): void {
    const { Vector3 } = this.#three;
    const away = new Vector3().subVectors(this.camera.position, this.target);
    this.#turn(away, sideways, up);
    this.camera.position.copy(this.target).add(away);
    this.camera.lookAt(this.target);
    this.moved();
  }

  /** Turn the head, in radians. */
  look(sideways: number, up: number): void {
    const ahead = new this.#three.Vector3().subVectors(this.target, this.camera.position);
    this.#turn(ahead, sideways, up);
    this.target.copy(this.camera.position).add(ahead);
    this.camera.lookAt(this.target);
    this.moved();
  }

  /** Nearer (below 1) or farther. */
  zoom(by: number): void {
    this.camera.position.sub(this.target).multiplyScalar(by).add(this.target);
    this.moved();
  }

  #turn(arm: Vector3, sideways: number, up: number): void {
    const length = arm.length();
    const azimuth = Math.atan2(arm.y, arm.x) + sideways;
    const lift = Math.max(-1.55, Math.min(1.55, Math.asin(arm.z / (length || 1)) + up));
    arm.set(Math.cos(lift) * Math.cos(azimuth), Math.cos(lift) * Math.sin(azimuth), Math.sin(lift));
    arm.multiplyScalar(length);
  }

  /** A key goes down or up; whether it is one that moves. W A S D and Q E fly as long as they are held. */
  key(key: string, down: boolean): boolean {
    const name = key.toLowerCase();
    if (!"wasdqe".includes(name) || name.length !== 1) return false;
    if (down) this.#held.add(name);
    else this.#held.delete(name);
    if (this.#held.size > 0 && this.#frame === 0) {
      this.#then = performance.now();
      this.#frame = requestAnimationFrame(this.#fly);
    }
    return true;
  }

  /** The focus went elsewhere: no key is held any more. */
  release(): void {
    this.#held.clear();
  }

  #fly = (now: number): void => {
    this.#frame = 0;
    const held = (key: string): number => (this.#held.has(key) ? 1 : 0);
    const { Vector3 } = this.#three;
    const ahead = new Vector3().subVectors(this.target, this.camera.position).normalize();
    const right = new Vector3().crossVectors(ahead, this.camera.up).normalize();
    const speed = (this.radius * 0.7 * Math.min(now - this.#then, 100)) / 1000;
    const step = ahead
      .multiplyScalar(held("w") - held("s"))
      .addScaledVector(right, held("d") - held("a"))
      .addScaledVector(this.camera.up, held("e") - held("q"))
      .multiplyScalar(speed);
    this.#then = now;
    this.camera.position.add(step);
    this.target.add(step);
    if (step.lengthSq() > 0) this.moved();
    if (this.#held.size > 0) this.#frame = requestAnimationFrame(this.#fly);
  };
}
