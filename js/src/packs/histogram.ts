import { HistogramViewer } from "../viewers/histogram/view";

export { default as css } from "../viewers/histogram/style.css?inline";

export const parts = { histogram: HistogramViewer };
