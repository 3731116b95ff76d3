import { ChartViewer } from "../viewers/chart/view";

export { default as css } from "../viewers/chart/style.css?inline";

export const parts = { "chart-file": ChartViewer };
