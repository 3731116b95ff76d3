import { MeshoptEncoder } from "meshoptimizer/encoder";
import { describe, expect, it } from "vitest";
import * as meshopt from "../../libraries/meshopt";
import * as three from "../../libraries/three";
import { documentOf, needsMeshopt, readGltf, refusal } from "./gltf";
import { readMesh } from "./mesh";

const PLACES = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0]);
const FACES = new Uint16Array([0, 1, 2, 2, 1, 3]);

/** A square as GLB, with its places and faces in the buffer `bytes`, which the views tell how to read. */
function glb(bytes: Uint8Array, bufferViews: object[], more: object = {}): ArrayBuffer {
  const document = {
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 4, type: "VEC3", min: [0, 0, 0], max: [1, 1, 0] },
      { bufferView: 1, componentType: 5123, count: 6, type: "SCALAR" },
    ],
    bufferViews,
    buffers: [{ byteLength: bytes.length }],
    ...more,
  };
  const pad = (part: Uint8Array, fill: number): Uint8Array => {
    const padded = new Uint8Array(4 * Math.ceil(part.length / 4)).fill(fill);
    padded.set(part);
    return padded;
  };
  const json = pad(new TextEncoder().encode(JSON.stringify(document)), 32);
  const body = pad(bytes, 0);
  const out = new Uint8Array(28 + json.length + body.length);
  const view = new DataView(out.buffer);
  for (const [i, word] of [0x46546c67, 2, out.length, json.length, 0x4e4f534a].entries())
    view.setUint32(4 * i, word, true);
  out.set(json, 20);
  view.setUint32(20 + json.length, body.length, true);
  view.setUint32(24 + json.length, 0x004e4942, true);
  out.set(body, 28 + json.length);
  return out.buffer;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

const bytesOf = (array: Float32Array | Uint16Array): Uint8Array => new Uint8Array(array.buffer);

function bare(more: object = {}): ArrayBuffer {
  const views = [
    { buffer: 0, byteLength: 48 },
    { buffer: 0, byteOffset: 48, byteLength: 12 },
  ];
  return glb(joined(bytesOf(PLACES), bytesOf(FACES)), views, more);
}

async function packed(extension: string): Promise<ArrayBuffer> {
  await MeshoptEncoder.ready;
  const places = MeshoptEncoder.encodeGltfBuffer(bytesOf(PLACES), 4, 12, "ATTRIBUTES");
  const faces = MeshoptEncoder.encodeGltfBuffer(bytesOf(FACES), 6, 2, "TRIANGLES");
  const views = [
    { mode: "ATTRIBUTES", count: 4, byteStride: 12, byteOffset: 0, byteLength: places.length },
    { mode: "TRIANGLES", count: 6, byteStride: 2, byteOffset: places.length, byteLength: faces.length },
  ].map((how) => ({
    buffer: 1,
    byteLength: how.count * how.byteStride,
    extensions: { [extension]: { buffer: 0, ...how } },
  }));
  const body = joined(places, faces);
  return glb(body, views, {
    extensionsUsed: [extension],
    extensionsRequired: [extension],
    buffers: [
      { byteLength: body.length },
      { byteLength: 60, extensions: { [extension]: { fallback: true } } },
    ],
  });
}

const never = (): never => {
  throw new Error("meshopt was asked for");
};

describe("glTF files", () => {
  it("are known by their JSON, in a GLB too", () => {
    expect(documentOf(bare({ extensionsUsed: ["A"] })).extensionsUsed).toEqual(["A"]);
    expect(documentOf(new TextEncoder().encode('{"materials": [1]}').buffer)).toEqual({ materials: [1] });
    expect(() => documentOf(new ArrayBuffer(3))).toThrow();
  });

  it("without compression need no decoder", async () => {
    const model = await readMesh(three, "glb", bare(), never);
    expect(model.facts).toBe("2 faces · 4 vertices");
    expect(model.radius).toBeCloseTo(Math.SQRT2 / 2);
  });

  it.each(["EXT_meshopt_compression", "KHR_meshopt_compression"])(
    "are unpacked from %s",
    async (extension) => {
      const bytes = await packed(extension);
      expect(needsMeshopt(documentOf(bytes))).toBe(true);
      const model = await readMesh(three, "glb", bytes, async () => meshopt);
      expect(model.facts).toBe("2 faces · 4 vertices");
      let places: number[] = [];
      model.root.traverse((child) => {
        if (child instanceof three.Mesh) places = [...child.geometry.getAttribute("position").array];
      });
      expect(places).toEqual([...PLACES]);
    },
  );

  it("that are packed by Draco or Basis are refused with what it is and what to do", async () => {
    const draco = "KHR_draco_mesh_compression";
    const said = refusal({ extensionsUsed: [draco] });
    expect(said).toContain(`Draco (${draco})`);
    expect(said).toContain("gltf-transform cp");
    await expect(readGltf(three, bare({ extensionsUsed: [draco] }), never)).rejects.toThrow(said as string);
    const basis = { extensionsUsed: ["KHR_texture_basisu"], extensionsRequired: ["KHR_texture_basisu"] };
    await expect(readGltf(three, bare(basis), never)).rejects.toThrow("(KHR_texture_basisu)");
  });

  it("that have other textures, too, are read without Basis", async () => {
    expect(refusal({ extensionsUsed: ["KHR_texture_basisu"] })).toBeNull();
  });

  it("that refer to further files are refused, and nothing is fetched", async () => {
    const bytes = bare({ buffers: [{ byteLength: 60, uri: "https://elsewhere.test/a.bin" }] });
    await expect(readGltf(three, bytes, never)).rejects.toThrow(/refers to https:.*nothing is fetched/);
  });
});

describe("a .babylon scene", () => {
  it("says who draws it and how to see it here", async () => {
    const bytes = new TextEncoder().encode('{"meshes": []}').buffer;
    await expect(readMesh(three, "babylon", bytes, never)).rejects.toThrow(
      /Only BabylonJS.*export it as .glb/,
    );
  });
});
