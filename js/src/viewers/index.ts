// Every viewer: importing this module makes them known to the registry.

import { registerPart, registerViewer } from "../core/registry";
import { CellDrawer } from "./cells/view";
import "./curves/view";
import { Facts } from "./facts/view";
import { HistogramViewer } from "./histogram/view";
import { registerHtml } from "./html/view";
import { ImageViewer } from "./image/view";
import { JsonViewer } from "./json/view";
import { PlotlyViewer } from "./plotly/view";

registerViewer("image-file", { title: "images", component: ImageViewer, wide: true, prefetchPx: 256 });
registerViewer("histogram", { title: "histogram", component: HistogramViewer, wide: true, prefetchPx: null });
registerViewer("json", { title: "values", component: JsonViewer, prefetchPx: null });
registerViewer("plotly-file", { title: "plotly", component: PlotlyViewer, wide: true, prefetchPx: null });
registerHtml();
registerPart("facts", Facts);
registerPart("cell", CellDrawer);
