import { resolve } from "node:path";
import type { Plugin } from "vite";

const WORKERS = resolve(import.meta.dirname, "src/viewers/molecule/surface-workers.ts");

// A release that reads differently stops the build.
const CHANGED: readonly (readonly [from: string, to: string])[] = [
  // 3Dmol.js looks through the page for elements to fill when it has loaded, and evaluates text in their attributes. We
  // tell it what to draw; a notebook's output must not.
  ['document.onreadystatechange=()=>{"complete"===document.readyState&&autoload()};', ""],
  ['"string"==typeof callback&&(callback=eval("("+callback+")"))', "callback"],
  // It computes surfaces in workers only where a global `$3Dmol` has their code, else in the way of the page.
  [
    'if("undefined"!=typeof $3Dmol&&void 0!==$3Dmol.SurfaceWorker||(console.log("$3Dmol.SurfaceWorker is not defined, using synchronous surface generation."),v=!0),v)',
    "if(v)",
  ],
  ["new Worker($3Dmol.SurfaceWorker)", "surfaceWorker()"],
];

export function lean3Dmol(): Plugin {
  return {
    name: "lean-3dmol",
    transform(code, id) {
      if (!id.endsWith("3Dmol.es6-min.js")) return null;
      let lean = code;
      for (const [from, to] of CHANGED) {
        if (lean.split(from).length !== 2) this.error(`3Dmol.js changed: there is not one ${from}`);
        lean = lean.replace(from, to);
      }
      return { code: `import{surfaceWorker}from${JSON.stringify(WORKERS)};${lean}`, map: null };
    },
  };
}
