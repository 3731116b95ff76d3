import { defineConfig, type ViteUserConfig } from "vitest/config";
import { lean3Dmol } from "./mol3d-lean.ts";
import { ofCore, packEntries } from "./pack.ts";
import { thirdParty } from "./third-party.ts";
import { leanUPlot } from "./uplot-lean.ts";

const STATIC = "../nbtrack/static";

const output = {
  // `build.minify` spares the whitespace and the annotations of ES libraries; nobody bundles these again.
  minify: { compress: true, mangle: true, codegen: true },
  comments: { legal: true, annotation: false, jsdoc: false },
};

const common = {
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // a worker needs this part of 3Dmol.js alone; the type checker is kept from its sources
  resolve: { alias: { "3dmol-surface": "3dmol/src/ProteinSurface4.ts" } },
} satisfies ViteUserConfig;

/** One self-contained ES module: a widget's `_esm` is loaded from a Blob URL, where relative imports do not resolve. */
const core: ViteUserConfig = {
  ...common,
  plugins: [leanUPlot(), thirdParty("third-party-licenses.txt")],
  build: {
    outDir: STATIC,
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    lib: { entry: "src/core/index.ts", formats: ["es"], fileName: () => "core.js", cssFileName: "core" },
    rollupOptions: { output: { ...output, codeSplitting: false } },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
};

/** What some viewers need, each in a file of its own (src/core/packs.ts). */
const pack = (name: string, entry: string): ViteUserConfig => ({
  ...common,
  plugins: [ofCore(), lean3Dmol(), thirdParty(`${name}-licenses.txt`)],
  build: {
    outDir: `${STATIC}/packs`,
    emptyOutDir: false,
    target: "es2022",
    lib: { entry, formats: ["cjs"], fileName: () => `${name}.js` },
    rollupOptions: { output: { ...output, codeSplitting: false, exports: "named" } },
  },
});

export default defineConfig(({ mode }) => {
  const entry = packEntries().get(mode);
  return entry ? pack(mode, entry) : core;
});
