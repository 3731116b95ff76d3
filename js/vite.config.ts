import { defineConfig } from "vitest/config";
import { thirdParty } from "./third-party.ts";
import { leanUPlot } from "./uplot-lean.ts";

// One self-contained ES module: a widget's `_esm` is loaded from a Blob URL, where relative imports do not resolve.
export default defineConfig({
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [leanUPlot(), thirdParty()],
  build: {
    outDir: "../nbtrack/static",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    lib: { entry: "src/core/index.ts", formats: ["es"], fileName: () => "core.js", cssFileName: "core" },
    rollupOptions: {
      output: {
        codeSplitting: false,
        // `build.minify` spares the whitespace and the annotations of ES libraries; nobody bundles this one again.
        minify: { compress: true, mangle: true, codegen: true },
        comments: { legal: true, annotation: false, jsdoc: false },
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
