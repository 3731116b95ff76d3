// The samples that a spectrogram looks at: all of a stretch, or, of a long one, just those in its windows.

import { MOST, mixed, type SampleReader } from "./samples";
import { type Ask, LOOKS, windowSize } from "./spectrum";

/** Reads that are under way at the same time. */
const AT_ONCE = 6;
/** How many times fewer samples there have to be in the windows for reading these alone. */
const SPARSE = 4;

/** What to ask for, so that `columns` show the samples from `from` to `to`. */
export async function gathered(
  reader: SampleReader,
  from: number,
  to: number,
  columns: number,
  signal: AbortSignal,
): Promise<Ask> {
  const size = windowSize(reader.rate);
  const hop = (to - from) / columns;
  // A read over the network costs more than what it reads: then a column is one window, and only where it must be.
  const looks = reader.remote ? 1 : LOOKS;
  const sparse = to - from > MOST / 2 || (!reader.remote && hop > SPARSE * LOOKS * size);
  const { rate: sampleRate } = reader;
  if (!sparse) {
    const samples = await reader.read(from - size, to + size, signal);
    signal.throwIfAborted();
    return {
      samples: mixed(samples),
      sampleRate,
      from: from - samples.first,
      to: Math.max(to, from + 1) - samples.first,
      columns,
    };
  }
  // Window beside window they are a stretch of which each sample is looked at.
  const samples = new Float32Array(columns * looks * size);
  let next = 0;
  const read = async (): Promise<void> => {
    while (next < columns * looks) {
      const window = next++;
      const begin = Math.floor(from + ((window + 0.5) / looks) * hop) - size / 2;
      const found = await reader.read(begin, begin + size, signal);
      signal.throwIfAborted();
      samples.set(mixed(found), window * size + found.first - begin);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, read));
  return { samples, sampleRate, from: 0, to: samples.length, columns };
}
