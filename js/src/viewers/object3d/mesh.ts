// Mesh files by the loaders of three.js. Nothing that a file refers to is fetched.

import { type Meshopt, readGltf } from "./gltf";
import type { Triple } from "./logic";
import type { Group, Object3D, Three } from "./three";

export interface Model {
  root: Group;
  center: Triple;
  radius: number;
  /** Whether its second axis points up; it has been turned so that the third does. */
  yUp: boolean;
  /** Whether it has metal, which is black without surroundings. */
  mirrors: boolean;
  /** What is said of it. */
  facts: string;
  dispose(): void;
}

const GRAY = 0xa8b2be;

/** Formats whose second axis points up. */
function isYUp(format: string): boolean {
  return format === "glb" || format === "gltf" || format === "obj";
}

/** Read a mesh; `meshopt` fetches what some glTF files need. Throws a sentence when it cannot be shown. */
export async function readMesh(
  three: Three,
  format: string,
  bytes: ArrayBuffer,
  meshopt: () => Promise<Meshopt>,
): Promise<Model> {
  if (format === "babylon")
    throw new Error(
      "Only BabylonJS draws .babylon scenes. The file is stored; export it as .glb to see it here.",
    );
  const inner = await load(three, format, bytes, meshopt);
  const root = new three.Group();
  root.add(inner);
  if (isYUp(format)) inner.rotation.x += Math.PI / 2;
  root.updateMatrixWorld(true);
  let vertices = 0;
  let faces = 0;
  let mirrors = false;
  inner.traverse((child) => {
    if (!("geometry" in child)) return;
    const { geometry, material } = child as InstanceType<Three["Mesh"]>;
    mirrors ||= [material].flat().some((each) => "metalness" in each && Number(each.metalness) > 0.2);
    const count = geometry.getAttribute("position")?.count ?? 0;
    vertices += count;
    if (child instanceof three.Mesh) faces += (geometry.index?.count ?? count) / 3;
  });
  const box = new three.Box3().setFromObject(root);
  if (vertices === 0 || box.isEmpty()) throw new Error(`This ${format} file holds nothing to draw.`);
  const center = box.getCenter(new three.Vector3());
  const radius = box.getSize(new three.Vector3()).length() / 2;
  const of = (n: number, one: string, many: string): string =>
    `${Math.round(n).toLocaleString("en")} ${Math.round(n) === 1 ? one : many}`;
  return {
    root,
    center: [center.x, center.y, center.z],
    radius: radius || 1,
    yUp: isYUp(format),
    mirrors,
    facts:
      faces > 0
        ? `${of(faces, "face", "faces")} · ${of(vertices, "vertex", "vertices")}`
        : of(vertices, "point", "points"),
    dispose: () => dispose(inner),
  };
}

async function load(
  three: Three,
  format: string,
  bytes: ArrayBuffer,
  meshopt: () => Promise<Meshopt>,
): Promise<Object3D> {
  const text = (): string => new TextDecoder().decode(bytes);
  const { Mesh, Points } = three;
  if (format === "stl") return new Mesh(shaded(new three.STLLoader().parse(bytes)), plain(three));
  if (format === "ply") {
    const geometry = new three.PLYLoader().parse(bytes);
    const colors = geometry.hasAttribute("color");
    if (geometry.index) return new Mesh(shaded(geometry), plain(three, colors));
    const points = new three.PointsMaterial({ size: 2, sizeAttenuation: false, vertexColors: colors });
    if (!colors) points.color.set(GRAY);
    return new Points(geometry, points);
  }
  if (format === "obj") {
    const group = new three.OBJLoader().parse(text());
    group.traverse((child) => {
      if (!(child instanceof Mesh)) return;
      child.geometry = shaded(child.geometry);
      child.material = plain(three, child.geometry.hasAttribute("color"));
    });
    return group;
  }
  return await gltf(three, bytes, meshopt);
}

async function gltf(three: Three, bytes: ArrayBuffer, meshopt: () => Promise<Meshopt>): Promise<Object3D> {
  const { scene, plain: bare } = await readGltf(three, bytes, meshopt);
  // The format's default is rough white metal; nobody means that.
  if (bare)
    scene.traverse((child) => {
      if (child instanceof three.Mesh)
        child.material = plain(
          three,
          child.geometry.hasAttribute("color"),
          !child.geometry.hasAttribute("normal"),
        );
    });
  return scene;
}

function shaded<G extends { hasAttribute(name: string): boolean; computeVertexNormals(): void }>(
  geometry: G,
): G {
  if (!geometry.hasAttribute("normal")) geometry.computeVertexNormals();
  return geometry;
}

function plain(three: Three, vertexColors = false, flatShading = false) {
  return new three.MeshStandardMaterial({
    flatShading,
    color: vertexColors ? 0xffffff : GRAY,
    vertexColors,
    roughness: 0.75,
    metalness: 0,
    side: three.DoubleSide,
  });
}

function dispose(root: Object3D): void {
  root.traverse((child) => {
    const { geometry, material } = child as Partial<InstanceType<Three["Mesh"]>>;
    geometry?.dispose();
    for (const each of material ? [material].flat() : []) {
      for (const value of Object.values(each)) if (value?.isTexture) value.dispose();
      each.dispose();
    }
  });
}
