export { default as css } from "./style.css?inline";
export { RunsTable, type RunsTableProps } from "./table";
