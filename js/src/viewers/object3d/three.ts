// three.js as the viewer gets it at run time.

export type Three = typeof import("../../libraries/three");
export type {
  Actor,
  Group,
  Object3D,
  OrbitControls,
  PerspectiveCamera,
  Points,
  RawShaderMaterial,
  Scene,
  Stage,
  Vector3,
} from "../../libraries/three";
