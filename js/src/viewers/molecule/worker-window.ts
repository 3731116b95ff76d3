// 3Dmol.js asks its window which browser it is in; a worker has none, and its global object answers as well.

(globalThis as { window?: unknown }).window ??= globalThis;

export {};
