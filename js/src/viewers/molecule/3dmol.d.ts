// The bundled build of 3Dmol.js, typed as far as it is used (its own types need webpack's).
declare module "3dmol/build/3Dmol.es6-min.js" {
  export function createViewer(
    host: HTMLElement,
    options: Record<string, unknown>,
  ): import("./scene").GlViewer | null;
  export const GLViewer: { numWorkers: number };
  export const ProteinSurface: new () => import("./surface").SurfaceMaker;
}

declare module "3dmol-surface" {
  export const ProteinSurface: new () => import("./surface").SurfaceMaker;
}

declare module "*?worker&inline" {
  const InlineWorker: new () => Worker;
  export default InlineWorker;
}
