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

/** The reverse of `unpack`. */
export function pack(content: PackedHeader["content"], buffers: readonly Uint8Array[]): ArrayBuffer {
  const header = new TextEncoder().encode(
    JSON.stringify({ content, buffers: buffers.map((b) => b.byteLength) } satisfies PackedHeader),
  );
  const size = buffers.reduce((sum, b) => sum + padded(b.byteLength), padded(4 + header.byteLength));
  const body = new Uint8Array(size);
  new DataView(body.buffer).setUint32(0, header.byteLength, true);
  body.set(header, 4);
  let at = padded(4 + header.byteLength);
  for (const buffer of buffers) {
    body.set(buffer, at);
    at += padded(buffer.byteLength);
  }
  return body.buffer;
}
