import { MoleculeViewer } from "../viewers/molecule/view";

export { default as css } from "../viewers/molecule/style.css?inline";

export const parts = { "molecule-file": MoleculeViewer };
