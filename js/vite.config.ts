import { defineConfig } from "vitest/config";

// One self-contained ES module: a widget's `_esm` is loaded from a Blob URL, where relative imports do not resolve.
export default defineConfig({
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../nbtrack/static",
    emptyOutDir: true,
    target: "es2022",
    minify: true,
    cssCodeSplit: false,
    lib: { entry: "src/core/index.ts", formats: ["es"], fileName: () => "core.js", cssFileName: "core" },
    rollupOptions: { output: { codeSplitting: false } },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
