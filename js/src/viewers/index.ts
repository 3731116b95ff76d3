// Every viewer: importing this module makes them known to the registry.

import { registerPart, registerViewer } from "../core/registry";
import "./curves/view";
import { Facts } from "./facts/view";
import { ImageViewer } from "./image/view";
import { JsonViewer } from "./json/view";
import { lazy, registerLazy } from "./lazy";

registerViewer("image-file", { title: "images", component: ImageViewer, wide: true, prefetchPx: 256 });
registerViewer("json", { title: "values", component: JsonViewer, prefetchPx: null });
registerLazy("chart-file", "chart", "chart", 300);
registerLazy("histogram", "histogram", "histogram", 252);
registerLazy("html-file", "html", "html");
registerLazy("object3D-file", "3D", "object3d");
registerLazy("molecule-file", "molecules", "molecule");
registerLazy("incremental-table-file", "table", "table");
registerLazy("plotly-file", "plotly", "plotly-figure");
registerLazy("table-file", "table", "table");
registerLazy("video-file", "videos", "video");
registerLazy("audio-file", "audio", "audio");
registerPart("facts", Facts);
registerPart("cell", lazy("cells", "cell"));
registerPart("cells", lazy("cells", "cells"));
registerPart("code", lazy("cells", "code"));
