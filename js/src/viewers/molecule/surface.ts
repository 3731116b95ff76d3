// The surface of a molecule, piece by piece, as 3Dmol.js asks its workers for it (its src/SurfaceWorker.js).

/** First the atoms of all pieces, with a negative type; then each piece. */
export type Ask =
  | { type: number; atoms: unknown[]; volume: number }
  | { type: number; expandedExtent: unknown; extendedAtoms: number[]; atomsToShow: number[] };

/** What 3Dmol.js computes surfaces with: see its src/ProteinSurface4.ts. */
export interface SurfaceMaker {
  initparm(extent: unknown, solvent: boolean, volume: number): void;
  fillvoxels(atoms: unknown[], of: number[]): void;
  buildboundary(): void;
  fastdistancemap(): void;
  boundingatom(solvent: boolean): void;
  fillvoxelswaals(atoms: unknown[], of: number[]): void;
  marchingcube(type: number): void;
  getFacesAndVertices(of: number[]): unknown;
}

const VAN_DER_WAALS = 1;
/** Surfaces that a ball of solvent rolls over. */
const ROLLED = new Set([2, 4]);

/** What answers one asker; null to the atoms, which need no answer. */
export function surfaces(make: new () => SurfaceMaker): (ask: Ask) => unknown {
  let atoms: unknown[] = [];
  let volume = 0;
  return (ask) => {
    if ("atoms" in ask) {
      ({ atoms, volume } = ask);
      return null;
    }
    const maker = new make();
    maker.initparm(ask.expandedExtent, ask.type !== VAN_DER_WAALS, volume);
    maker.fillvoxels(atoms, ask.extendedAtoms);
    maker.buildboundary();
    if (ROLLED.has(ask.type)) {
      maker.fastdistancemap();
      maker.boundingatom(false);
      maker.fillvoxelswaals(atoms, ask.extendedAtoms);
    }
    maker.marchingcube(ask.type);
    return maker.getFacesAndVertices(ask.atomsToShow);
  };
}
