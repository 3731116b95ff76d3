// glTF files: what they are compressed with, and the loader of three.js. Nothing that a file refers to is fetched.

import type { Object3D, Three } from "./three";

/** The part of a glTF's JSON that tells whether it can be read here. */
export interface Document {
  extensionsUsed?: string[];
  extensionsRequired?: string[];
  materials?: unknown[];
}

export type Meshopt = typeof import("../../libraries/meshopt");

/** What is not decoded here: extension -> what it is called, and how one gets a file without. */
const PACKED: { [extension: string]: { name: string; instead: string } } = {
  KHR_draco_mesh_compression: {
    name: "Draco",
    instead: "Export it without, or unpack it: gltf-transform cp packed.glb unpacked.glb",
  },
  KHR_texture_basisu: { name: "Basis Universal textures", instead: "Export it with PNG or JPEG textures" },
};
const MESHOPT = ["EXT_meshopt_compression", "KHR_meshopt_compression"];

const GLB = 0x46546c67; // "glTF"

/** The JSON of a glTF or GLB file. Throws where there is none. */
export function documentOf(bytes: ArrayBuffer): Document {
  const view = new DataView(bytes);
  const binary = bytes.byteLength >= 20 && view.getUint32(0, true) === GLB;
  const json = binary ? new Uint8Array(bytes, 20, view.getUint32(12, true)) : new Uint8Array(bytes);
  return JSON.parse(new TextDecoder().decode(json)) as Document;
}

/** Why a glTF cannot be read here; null: it can. Draco is always used where it is named, Basis where it is required. */
export function refusal(document: Document): string | null {
  const asked = Object.keys(PACKED).find(
    (name) =>
      document.extensionsRequired?.includes(name) ||
      (name !== "KHR_texture_basisu" && document.extensionsUsed?.includes(name)),
  );
  const found = asked && PACKED[asked];
  return found
    ? `This glTF is compressed with ${found.name} (${asked}), which is not decoded here. ${found.instead}.`
    : null;
}

/** Whether meshopt's decoder is needed. */
export function needsMeshopt(document: Document): boolean {
  return MESHOPT.some((name) => document.extensionsUsed?.includes(name));
}

/** Read a glTF. Throws a sentence when it cannot be shown. */
export async function readGltf(
  three: Three,
  bytes: ArrayBuffer,
  meshopt: () => Promise<Meshopt>,
): Promise<{ scene: Object3D; plain: boolean }> {
  const document = documentOf(bytes);
  const reason = refusal(document);
  if (reason) throw new Error(reason);
  const outside: string[] = [];
  const manager = new three.LoadingManager();
  manager.setURLModifier((url) => {
    if (/^(data|blob):/.test(url)) return url;
    outside.push(url);
    return "data:,"; // nothing is fetched
  });
  const loader = new three.GLTFLoader(manager);
  if (needsMeshopt(document)) loader.setMeshoptDecoder((await meshopt()).MeshoptDecoder);
  const refused = (): Error =>
    new Error(`This glTF refers to ${outside[0]}, and nothing is fetched from outside. Export it as .glb.`);
  try {
    const { scene } = await loader.parseAsync(bytes, "");
    if (outside.length > 0) throw refused();
    return { scene, plain: !document.materials?.length };
  } catch (error) {
    throw outside.length > 0 ? refused() : error;
  }
}
