// 3Dmol.js and the scenes that all panels of a page share. What 3Dmol itself exports is for `Molecule.view()`.

import { createViewer } from "3dmol/build/3Dmol.es6-min.js";
import { Pool } from "../viewers/molecule/pool";
import { Scene } from "../viewers/molecule/scene";

export * from "3dmol/build/3Dmol.es6-min.js";

export const pool = new Pool(
  (host) =>
    new Scene(host, (place, options) => {
      let viewer: ReturnType<typeof createViewer> = null;
      try {
        viewer = createViewer(place, options);
      } catch (reason) {
        throw new Error(`3Dmol.js cannot draw here: ${String(reason)}`);
      }
      if (!viewer) throw new Error("3Dmol.js cannot draw here: this browser has no WebGL");
      return viewer;
    }),
);
