import type { Plugin } from "vite";

// uPlot is one function that a bundler cannot shake. Our charts have no dates, no legend of uPlot's, no bars, bands or
// splines, no cursor shared between charts, and one x for all that runs from left to right. What is for the others is
// said to be absent here, and the minifier drops it: 16 KB of the code that travels with each widget.
// A release of uPlot that reads differently stops the build.
const ABSENT: readonly (readonly [from: string, to: string, times: number])[] = [
  ["const FEAT_TIME          = true;", "const FEAT_TIME = false;", 1],
  ["let isTime = sc.time;", "const isTime = false;", 2],
  ["let isTime = mode == 1 && scales[s.scale].time;", "const isTime = false;", 1],
  ["= genTimeStuffs(1);", "= [];", 1],
  ["= genTimeStuffs(1e-3);", "= [];", 1],
  ["(ms == 1 ? timeAxisSplitsMs(_tzDate) : timeAxisSplitsS(_tzDate))", "null", 1],
  [
    "timeAxisVals(_tzDate, timeAxisStamps((ms == 1 ? _timeAxisStampsMs : _timeAxisStampsS), _fmtDate))",
    "null",
    1,
  ],
  ["timeSeriesVal(_tzDate, timeSeriesStamp(_timeSeriesStamp, _fmtDate))", "null", 1],
  ["(opts.fmtDate || fmtDate)", "null", 1],
  ["const showLegend = legend.show;", "const showLegend = false;", 1],
  ["if (legend.live) {", "if (false) {", 2],
  ["legend.show && legend.live && shouldSetLegend", "false", 1],
  ["const mode = u.mode;", "const mode = 1;", 1],
  ["let mode = self.mode;", "const mode = 1;", 1],
  ["const mode = self.mode;", "const mode = 1;", 1],
  ["sc.distr == 4", "false", 4],
  ["distr == 4", "false", 4],
  ["distr == 100", "false", 4],
  ["scale.distr == 2", "false", 5],
  ["sc.distr == 2", "false", 2],
  ["clipDir) {\n\treturn orient(", "clipDir) {\n\treturn null;\n\torient(", 1],
  [
    "function bandFillClipDirs(self, seriesIdx) {",
    "function bandFillClipDirs(self, seriesIdx) {\n\treturn [0, 0];",
    1,
  ],
  ["flags != 0 && bands.forEach(", "false && bands.forEach(", 1],
  ["self.addBand = addBand;\n\tself.setBand = setBand;\n\tself.delBand = delBand;", "", 1],
  ["self.addSeries = addSeries;", "", 1],
  ["self.delSeries = delSeries;", "", 1],
  ["if (opts.title) {", "if (false) {", 1],
  ["scaleX.ori == 0", "true", 24],
  ["scaleX.ori == 1", "false", 9],
  ["if (src != null) {", "if (false) {", 1],
  ["uPlot.fmtDate = fmtDate;", "", 1],
  ["uPlot.tzDate  = tzDate;", "", 1],
  ["uPlot.join = join;", "", 1],
  ["(paths.stepped = stepped);", "", 1],
  ["(paths.bars    = bars);", "", 1],
  ["(paths.spline  = monotoneCubic);", "", 1],
];

export function leanUPlot(): Plugin {
  return {
    name: "lean-uplot",
    transform(code, id) {
      if (!id.endsWith("uPlot.esm.js")) return null;
      let lean = code;
      for (const [from, to, times] of ABSENT) {
        const parts = lean.split(from);
        if (parts.length - 1 !== times) this.error(`uPlot changed: found ${parts.length - 1} × ${from}`);
        lean = parts.join(to);
      }
      return { code: lean, map: null };
    },
  };
}
