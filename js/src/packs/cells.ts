import { Code } from "../viewers/cells/code";
import { CellComparison } from "../viewers/cells/comparison";
import { CellDrawer } from "../viewers/cells/view";

export { default as css } from "../viewers/cells/style.css?inline";

export const parts = { cell: CellDrawer, cells: CellComparison, code: Code };
