// 3Dmol.js and the scenes that all panels of a page share. What 3Dmol itself exports is for `Molecule.view()`.

import { createViewer, GLViewer } from "3dmol/build/3Dmol.es6-min.js";
import { Pool } from "../viewers/molecule/pool";
import { type Engine, Scene } from "../viewers/molecule/scene";
import { surfacing } from "../viewers/molecule/surface-workers";

export * from "3dmol/build/3Dmol.es6-min.js";

// One core stays with the page.
GLViewer.numWorkers = Math.min(4, Math.max(1, (navigator.hardwareConcurrency || 2) - 1));

const engine: Engine = {
  create: (host, options) => {
    let viewer: ReturnType<typeof createViewer> = null;
    try {
      viewer = createViewer(host, options);
    } catch (reason) {
      throw new Error(`3Dmol.js cannot draw here: ${String(reason)}`);
    }
    if (!viewer) throw new Error("3Dmol.js cannot draw here: this browser has no WebGL");
    return viewer;
  },
  surfacing,
};

export const pool = new Pool((host) => new Scene(host, engine));
