// Makes spectrograms beside the page's own thread. The other end of it: spectra.ts.

import { type Ask, type Spectrogram, spectrogram } from "./spectrum";
import { inTurns } from "./turns";

/** Without `ask`: that one is not needed any more. */
export interface Question {
  id: number;
  ask?: Ask;
}

export type Answer = "ready" | { id: number; found: Spectrogram } | { id: number; error: string };

/** How long it does not listen, in milliseconds. */
const TURN_MS = 40;
const asked = new Map<number, AbortController>();

self.onmessage = async ({ data: { id, ask } }: MessageEvent<Question>): Promise<void> => {
  if (!ask) {
    asked.get(id)?.abort();
    return;
  }
  const stop = new AbortController();
  asked.set(id, stop);
  try {
    const found = await inTurns(spectrogram(ask), TURN_MS, stop.signal);
    say({ id, found }, [found.levels.buffer]);
  } catch (error) {
    if (!stop.signal.aborted) say({ id, error: String(error) }, []);
  } finally {
    asked.delete(id);
  }
};
say("ready", []);

function say(answer: Answer, transfer: Transferable[]): void {
  self.postMessage(answer, { transfer });
}
