// The body of an HTTP reply: a JSON header and the buffers behind it. See PackedHeader in wire.ts.

import type { PackedHeader } from "./wire";

const padded = (length: number): number => Math.ceil(length / 8) * 8;

export interface Unpacked {
  content: PackedHeader["content"];
  buffers: DataView[];
}

/** Take a packed reply apart without copying; throws when it is cut short. */
export function unpack(body: ArrayBuffer): Unpacked {
  const size = body.byteLength >= 4 ? new DataView(body).getUint32(0, true) : 0;
  if (size === 0 || 4 + size > body.byteLength) throw new Error("the server's reply is cut short");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, size))) as PackedHeader;
  let at = padded(4 + size);
  const buffers = header.buffers.map((length) => {
    if (at + length > body.byteLength) throw new Error("the server's reply is cut short");
    const view = new DataView(body, at, length);
    at += padded(length);
    return view;
  });
  return { content: header.content, buffers };
}
