import { existsSync, readdirSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import type { Plugin } from "vite";

const SRC = resolve(import.meta.dirname, "src");
const SHARED = /^(preact(\/.*)?|@preact\/signals)$/;
/** Modules of ours that a pack uses from the core that loads it: see `src/core/kit.ts`. */
const OF_CORE =
  /^(core\/(cursor|format|message|palette|panel|read-ahead|registry|run-model|theme)|panels\/(compare|run)\/logic|viewers\/(curves\/(grouping|options|tools)|image\/pictures|lazy|rows|run-label|size|theme))$/;

/** What becomes a file of its own in static/packs: name -> entry. */
export function packEntries(): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of ["packs", "libraries"])
    if (existsSync(`${SRC}/${folder}`))
      for (const file of readdirSync(`${SRC}/${folder}`)) {
        const name = file.replace(/\.tsx?$/, "");
        if (found.has(name)) throw new Error(`two packs are called ${name}`);
        if (!/\.test\./.test(file)) found.set(name, `${SRC}/${folder}/${file}`);
      }
  return found;
}

/** Leaves what the core holds out of a pack: its imports become `require` calls that the core answers. */
export function ofCore(): Plugin {
  return {
    name: "of-core",
    enforce: "pre",
    resolveId(source, importer) {
      if (SHARED.test(source)) return { id: source, external: true };
      if (!source.startsWith(".") || !importer) return null;
      const path = relative(SRC, resolve(dirname(importer), source)).replace(/\.tsx?$/, "");
      return OF_CORE.test(path) ? { id: path, external: true } : null;
    },
  };
}
