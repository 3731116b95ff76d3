// What the 3-D viewers use of three.js, and the one renderer of the page: this library is made once for all panels.

export {
  Box3,
  BufferAttribute,
  BufferGeometry,
  Color,
  DirectionalLight,
  DoubleSide,
  Group,
  HemisphereLight,
  InterleavedBuffer,
  InterleavedBufferAttribute,
  LoadingManager,
  type Material,
  Matrix4,
  Mesh,
  MeshStandardMaterial,
  type Object3D,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  RawShaderMaterial,
  Scene,
  Vector3,
} from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
export { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
export { OBJLoader } from "three/addons/loaders/OBJLoader.js";
export { PLYLoader } from "three/addons/loaders/PLYLoader.js";
export { STLLoader } from "three/addons/loaders/STLLoader.js";
export { type Actor, type Stage, stage } from "../viewers/object3d/stage";
