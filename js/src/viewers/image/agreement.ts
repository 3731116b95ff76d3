// Where two masks of a picture agree: in numbers, and pixel by pixel.

import { idAt, type MaskData } from "./mask-png";

export interface Agreement {
  /** Share of all pixels. */
  pixels: number;
  /** Intersection over union of each class that one of the masks has. */
  iou: Map<number, number>;
  mean: number;
  /** The size of the first mask; 1 where the second has another class. */
  differs: MaskData;
}

/** Compare two masks; one of another size is stretched over the first. `counts` says which classes count for IoU. */
export function agreementOf(a: MaskData, b: MaskData, counts: (id: number) => boolean): Agreement {
  const { width, height } = a;
  const ids = new Uint8Array(width * height);
  const both = new Float64Array(256);
  const inA = new Float64Array(256);
  const inB = new Float64Array(256);
  const same = a.width === b.width && a.height === b.height;
  let equal = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const first = a.ids[at] as number;
      const second = same ? (b.ids[at] as number) : idAt(b, (x + 0.5) / width, (y + 0.5) / height);
      inA[first] = (inA[first] as number) + 1;
      inB[second] = (inB[second] as number) + 1;
      if (first === second) {
        equal++;
        both[first] = (both[first] as number) + 1;
      } else ids[at] = 1;
    }
  const iou = new Map<number, number>();
  let sum = 0;
  for (let id = 0; id < 256; id++) {
    const union = (inA[id] as number) + (inB[id] as number) - (both[id] as number);
    if (union === 0 || !counts(id)) continue;
    iou.set(id, (both[id] as number) / union);
    sum += (both[id] as number) / union;
  }
  return {
    pixels: equal / (width * height),
    iou,
    mean: iou.size > 0 ? sum / iou.size : Number.NaN,
    differs: { width, height, ids },
  };
}
