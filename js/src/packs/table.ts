import { TableOrFold } from "../viewers/table/of-chart";

export { default as css } from "../viewers/table/style.css?inline";

export const parts = { "table-file": TableOrFold, "incremental-table-file": TableOrFold };
