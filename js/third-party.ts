import { existsSync, readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** What a package carries inside its own build. */
const INSIDE: Record<string, readonly string[]> = { "3dmol": ["iobuffer", "netcdfjs", "pako", "upng-js"] };
const FILES = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE"];

/** The licenses of what is bundled ask to travel with it: as a file beside it, named in its first line. */
export function thirdParty(file: string): Plugin {
  return {
    name: "third-party",
    generateBundle(_options, bundle) {
      const packages = new Set<string>();
      for (const chunk of Object.values(bundle))
        if (chunk.type === "chunk")
          for (const id of chunk.moduleIds) {
            const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
            if (found) for (const each of [found, ...(INSIDE[found] ?? [])]) packages.add(each);
          }
      if (packages.size === 0) return;
      const texts = [...packages].sort().map((each) => {
        const folder = new URL(`node_modules/${each}/`, import.meta.url);
        const { license } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
        const path = FILES.map((name) => new URL(name, folder)).find((url) => existsSync(url));
        if (!path) throw new Error(`${each} has no license file: it may not be bundled`);
        return { each, license, text: readFileSync(path, "utf8").trim() };
      });
      const source = texts.map(({ each, text }) => `${each}\n\n${text}\n`).join(`\n${"-".repeat(78)}\n\n`);
      const named = texts.map(({ each, license }) => `${each} (${license})`).join(", ");
      this.emitFile({ type: "asset", fileName: file, source });
      for (const chunk of Object.values(bundle))
        if (chunk.type === "chunk")
          chunk.code = `/*! nbtrack, Apache-2.0. Contains ${named}: ${file} */\n${chunk.code}`;
    },
  };
}
