// Libraries that only some viewers draw with. Each is fetched once per page, whichever panel asks first, and shared
// by all of them, also by those of another copy of this module.

const KEY = Symbol.for("nbtrack.packs");
const page = globalThis as { [KEY]?: Map<string, Promise<unknown>> };

/** The library `name`; `fetched` gets its source. A failure is forgotten, so that it can be tried again. */
export function loadPack(name: string, fetched: () => Promise<Blob>): Promise<unknown> {
  page[KEY] ??= new Map();
  const packs = page[KEY];
  let pack = packs.get(name);
  if (!pack) {
    pack = fetched().then(evaluate);
    packs.set(name, pack);
    pack.catch(() => packs.delete(name));
  }
  return pack;
}

// A page with a module loader of its own (AMD) must not catch the library, so that its names are taken here.
const HEAD = "const define=void 0,exports={},module={exports};\n";

async function evaluate(source: Blob): Promise<unknown> {
  const url = URL.createObjectURL(
    new Blob([HEAD, source, "\nexport default module.exports"], { type: "text/javascript" }),
  );
  try {
    return ((await import(/* @vite-ignore */ url)) as { default: unknown }).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
