import type { Plugin } from "vite";

// 3Dmol.js looks through the page for elements to fill when it has loaded, and evaluates text in their attributes. We
// tell it what to draw; a notebook's output must not. A release that reads differently stops the build.
const ABSENT: readonly (readonly [from: string, to: string])[] = [
  ['document.onreadystatechange=()=>{"complete"===document.readyState&&autoload()};', ""],
  ['"string"==typeof callback&&(callback=eval("("+callback+")"))', "callback"],
];

export function lean3Dmol(): Plugin {
  return {
    name: "lean-3dmol",
    transform(code, id) {
      if (!id.endsWith("3Dmol.es6-min.js")) return null;
      let lean = code;
      for (const [from, to] of ABSENT) {
        if (lean.split(from).length !== 2) this.error(`3Dmol.js changed: there is not one ${from}`);
        lean = lean.replace(from, to);
      }
      return { code: lean, map: null };
    },
  };
}
