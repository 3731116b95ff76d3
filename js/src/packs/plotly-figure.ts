import { PlotlyViewer } from "../viewers/plotly/view";

export { default as css } from "../viewers/plotly/style.css?inline";

export const parts = { "plotly-file": PlotlyViewer };
