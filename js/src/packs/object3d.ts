import { Object3DViewer } from "../viewers/object3d/view";

export { default as css } from "../viewers/object3d/style.css?inline";

export const parts = { "object3D-file": Object3DViewer };
