// What Vega exports beyond its types.

import type { Loader } from "vega";

declare module "vega" {
  export class CanvasRenderer {
    constructor(loader: Loader);
    canvas(): HTMLCanvasElement | null;
    resize(width: number, height: number, origin: readonly number[], scale: number): this;
  }
  export function renderModule(name: string): { renderer: unknown; headless: unknown; handler: unknown };
  export function renderModule(name: string, module: object): void;
  /** Draws the outline of a symbol of so many pixels around the origin. */
  export function pathSymbols(shape: string): { draw(context: CanvasPath, size: number): void };
}
