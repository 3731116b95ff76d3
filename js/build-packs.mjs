// Builds each pack, or those that are named: `npm run packs -- html`.
import { readdirSync } from "node:fs";
import { build } from "vite";

const all = ["packs", "libraries"].flatMap((folder) =>
  readdirSync(new URL(`src/${folder}`, import.meta.url)).map((file) => file.replace(/\.tsx?$/, "")),
);
const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : all) await build({ mode: name, logLevel: "warn" });
