import { TableViewer } from "../viewers/table/view";

export { default as css } from "../viewers/table/style.css?inline";

export const parts = { "table-file": TableViewer, "incremental-table-file": TableViewer };
