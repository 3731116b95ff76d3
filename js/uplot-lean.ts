import type { Plugin } from "vite";

// uPlot is one function that a bundler cannot shake. Our charts have no dates, no legend of uPlot's, no bars,
// no splines, one x for all: here these are told to be absent, and the minifier drops them (14 KB of each widget).
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
