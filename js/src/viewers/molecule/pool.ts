// A scene holds the geometry of what it shows, tens of MB of a protein; and without OffscreenCanvas a WebGL context, of
// which browsers keep about 16 a page. So there are a few scenes for all molecules of the page, and they are lent: a stage
// that has none shows a picture, which one more scene draws out of sight.

import type { Frame, Scene, Told } from "./scene";

/** Scenes that are lent at one time. */
export const LIVE = 6;

/** Who borrows a scene. */
export interface Borrower {
  /** Where the scene's element goes. */
  readonly place: HTMLElement;
  /** Whether it can be seen: what cannot loses its scene first. */
  inSight(): boolean;
  /** Its scene is taken; the picture is what it showed. */
  taken(picture: string): void;
}

export interface Printed extends Told {
  picture: string;
}

export class Pool {
  /** In the order of use: the first one was not used for the longest time. */
  #lent = new Map<Borrower, Scene>();
  #free: Scene[] = [];
  #made = 0;
  #printer: Scene | undefined;

  constructor(
    private readonly make: (host: HTMLElement) => Scene,
    private readonly limit = LIVE,
  ) {}

  /**
   * A scene for `borrower`, in its place. Without `firmly` null when all are with others that can be seen.
   * Throws where the browser gives no WebGL.
   */
  lend(borrower: Borrower, firmly: boolean): Scene | null {
    const held = this.#lent.get(borrower);
    if (held) {
      this.#lent.delete(borrower);
      this.#lent.set(borrower, held);
      return held;
    }
    let scene = this.#free.pop();
    if (!scene && this.#made < this.limit) {
      scene = this.make(hosted(borrower.place));
      this.#made++;
    }
    if (!scene) {
      const others = [...this.#lent.keys()];
      const loser = others.find((one) => !one.inSight()) ?? (firmly ? others[0] : undefined);
      if (!loser) return null;
      scene = this.#lent.get(loser) as Scene;
      this.#lent.delete(loser);
      loser.taken(scene.picture());
      scene.clear();
    }
    this.#lent.set(borrower, scene);
    borrower.place.append(scene.host);
    scene.resize();
    return scene;
  }

  /** Take a scene back from a stage that goes away. */
  giveBack(borrower: Borrower): void {
    const scene = this.#lent.get(borrower);
    if (!scene) return;
    this.#lent.delete(borrower);
    scene.clear();
    scene.host.remove();
    this.#free.push(scene);
  }

  /** Draw a frame out of sight. */
  print(frame: Frame, width: number, height: number): Printed {
    if (!this.#printer) {
      const place = document.createElement("div");
      place.style.cssText = `position:fixed;left:-20000px;top:0;width:${width}px;height:${height}px`;
      document.body.append(place);
      this.#printer = this.make(hosted(place));
    }
    const printer = this.#printer;
    const place = printer.host.parentElement as HTMLElement;
    place.style.width = `${width}px`;
    place.style.height = `${height}px`;
    printer.resize();
    const told = printer.show({ ...frame, look: { ...frame.look, surface: false } });
    return { ...told, picture: printer.picture() };
  }
}

function hosted(place: HTMLElement): HTMLElement {
  const host = document.createElement("div");
  host.style.cssText = "position:absolute;inset:0";
  place.append(host);
  return host;
}
