// Computes surfaces beside the page. It is built into the library `mol3d` as text: nothing is fetched.

import "./worker-window";
import { ProteinSurface } from "3dmol-surface";
import { type Ask, surfaces } from "./surface";

const answer = surfaces(ProteinSurface);

self.onmessage = (event: MessageEvent<Ask>) => {
  const found = answer(event.data);
  if (found !== null) self.postMessage(found);
};
