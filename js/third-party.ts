import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const PACKAGES = ["preact", "@preact/signals", "@preact/signals-core", "uplot"];

/** The licenses of what is bundled ask to travel with it: as a file beside it, named in its first line. */
export function thirdParty(): Plugin {
  const name = "third-party-licenses.txt";
  return {
    name: "third-party",
    generateBundle() {
      const texts = PACKAGES.map((each) => {
        const license = readFileSync(new URL(`node_modules/${each}/LICENSE`, import.meta.url), "utf8");
        return `${each}\n\n${license.trim()}\n`;
      });
      this.emitFile({ type: "asset", fileName: name, source: texts.join(`\n${"-".repeat(78)}\n\n`) });
    },
    outputOptions: (options) => ({
      ...options,
      banner: `/*! nbtrack, Apache-2.0. Contains ${PACKAGES.join(", ")} (MIT): ${name} */`,
    }),
  };
}
