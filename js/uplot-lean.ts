import type { Plugin } from "vite";

// uPlot is one function that a bundler cannot shake. Our charts have no dates, no legend of uPlot's, no bars, bands or
// splines, no cursor shared between charts, and one x for all that runs from left to right. What is for the others is
// said to be absent here, and the minifier drops it: 23 KB of the code that travels with each widget.
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
  ["const days3 = days.map(slice3);", "const days3 = [];", 1],
  ["const months3 = months.map(slice3);", "const months3 = [];", 1],
  ["const sync = _sync(syncKey);", "", 1],
  ["sync.sub(self);", "", 1],
  ["sync.unsub(self);", "", 1],
  ["\t\t\tsync.pub(type, src, x, y, w, h, i);", "return;", 1],
  ["if (syncOpts.filters.pub(type, src, x, y, w, h, i))", "", 1],
  ["self.pub = pub;", "", 1],
  ["events.mousedown = mouseDown;", "", 1],
  ["events.mousemove = mouseMove;", "", 1],
  ["events.mouseup = mouseUp;", "", 1],
  ["events.dblclick = dblClick;", "", 1],
  ['events["setSeries"] =', "const published =", 1],
  ["if (syncKey != null) {", "if (false) {", 2],
  ["syncOpts.setSeries", "false", 6],
  ["if (_l < 0 || _t < 0) {", "{", 1],
  ["(src == null || src.cursor.event.type == mousemove)", "true", 1],
  ["= assign({\n\t\tkey: null,", "= ({\n\t\tkey: null,", 1],
  ["\t}, cursor.sync);", "\t});", 1],
  ["if (syncOpts.match.length == 2)\n\t\tsyncOpts.match.push(seriesIdxMatcher);", "", 1],
  ["cursor.sync = syncOpts;", "", 1],
  // Every scale of ours has a range of its own.
  ["if (scaleKey != xScaleKey || (mode == 2 && !isTime)) {", "if (false) {", 1],
  ["sc.range = fnOrSelf(rn || (", "sc.range = rn; false && ((", 1],
  ["xScaleDistr == 2", "false", 4],
  ["else if (_min == _max) {", "else if (false) {", 1],
  ["uPlot.assign = assign;\nuPlot.fmtNum = fmtNum;\nuPlot.rangeNum = rangeNum;", "", 1],
  ["uPlot.rangeLog = rangeLog;\nuPlot.rangeAsinh = rangeAsinh;\nuPlot.orient   = orient;", "", 1],
  ["uPlot.sync = _sync;", "", 1],
  ["uPlot.addGap = addGap;\n\tuPlot.clipGaps = clipGaps;", "", 1],
  ["let paths = uPlot.paths = {\n\t\tpoints,\n\t};", "", 1],
  ["(paths.linear  = linear);", "", 1],
  ["if (bias != 0) {", "if (false) {", 1],
  ["const syncKey = syncOpts.key;", "", 1],
  ["(opts.plugins || []).forEach(", "false && [].forEach(", 2],
  ["\t\tif (bandClip) {", "\t\tif (false) {", 1],
  ["strokePath instanceof Map", "false", 1],
  ["fillPath instanceof Map", "false", 1],
  ["\t\t\tif (axis.label != null) {", "\t\t\tif (false) {", 1],
  ["av || numAxisVals", "av", 1],
  ["sv || numSeriesVal", "sv", 1],
  ["const numFormatter = new Intl.NumberFormat(domEnv ? nav.language : 'en-US');", "", 1],
  // Drawn by the processor: lines of this size are done before a graphics card's queue has begun, and where the card
  // is emulated it takes ten times as long.
  ['can.getContext("2d")', 'can.getContext("2d", { willReadFrequently: true })', 1],
  ["const localTz = new Intl.DateTimeFormat().resolvedOptions().timeZone;", "const localTz = null;", 1],
  [', -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif', "", 1],
  [', "Apple Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji"', "", 1],
  ["sx.ori == 0", "true", 1],
  ["ori == 0 ? rectH : rectV", "rectH", 1],
  ["const rectV = rect(1);", "const rectV = null;", 1],
  ["if (endRad == 0 && baseRad == 0)", "if (true)", 1],
  ["assign({}, legendOpts, opts.legend)", "{}", 1],
  ["const markers    = legend.markers;", "", 1],
  ["markers.width  = fnOrSelf(markers.width);", "", 1],
  ["markers.dash   = fnOrSelf(markers.dash);", "", 1],
  ["markers.stroke = fnOrSelf(markers.stroke);", "", 1],
  ["markers.fill   = fnOrSelf(markers.fill);", "", 1],
  ["if (series.fill != null || bandFillDir != 0) {", "if (false) {", 3],
  ["s.fillTo || seriesFillTo", "null", 1],
  ["if (withProx) {", "if (false) {", 2],
  ["sc.distr == 3 && sc.log == 2 ? log2AxisValsFilt : retArg1", "retArg1", 1],
  ["const cursorOnePt = cursorFocus && points.one;", "const cursorOnePt = false;", 1],
  ["if (getBBox != null) {", "if (false) {", 1],
  ["if (uni != null) {", "if (false) {", 1],
  ["if (scaleOpts.from != null) {", "if (false) {", 1],
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
