// A chart as an SVG file: what uPlot shows, with its lines, bands, axes, a title and the names of the runs.

import type uPlot from "uplot";
import type { Line } from "./lines";
import type { Points } from "./points";

export interface PictureColors {
  ink: string;
  quiet: string;
  rule: string;
  paper: string;
  font: string;
}

const LEGEND_ROW = 16;
const HEAD = 26;

const escaped = (text: string): string =>
  text.replace(
    /[&<>"]/g,
    (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one] as string,
  );

/** Ticks as uPlot placed and wrote them. */
interface DrawnAxis {
  _splits: (number | null)[] | null;
  _values: (string | null)[] | null;
}

export function svgOf(plot: uPlot, lines: readonly Line[], title: string, colors: PictureColors): string {
  const ratio = devicePixelRatio;
  const { width } = plot;
  const [left, top] = [plot.bbox.left / ratio, plot.bbox.top / ratio];
  const [wide, high] = [plot.bbox.width / ratio, plot.bbox.height / ratio];
  const logX = plot.scales.x?.distr === 3;
  const logY = plot.scales.y?.distr === 3;
  const px = (x: number): string => (plot.valToPos(x, "x") + left).toFixed(1);
  const py = (y: number): string => (plot.valToPos(y, "y") + top).toFixed(1);
  const can = (x: number, y: number): boolean => Number.isFinite(y) && !(logY && y <= 0) && !(logX && x <= 0);

  const pathOf = ({ x, y }: Points): string => {
    let path = "";
    let pen = false;
    for (let i = 0; i < x.length; i++) {
      const [at, value] = [x[i] as number, y[i] as number];
      if (!can(at, value)) {
        pen = false;
        continue;
      }
      path += `${pen ? "L" : "M"}${px(at)} ${py(value)}`;
      pen = true;
    }
    return path;
  };
  const stroke = (points: Points, color: string, thick: number, opacity = 1): string =>
    `<path d="${pathOf(points)}" fill="none" stroke="${color}" stroke-width="${thick}" stroke-linejoin="round"` +
    `${opacity < 1 ? ` stroke-opacity="${opacity}"` : ""}/>`;

  const body: string[] = [];
  const [xAxis, yAxis] = plot.axes as unknown as [DrawnAxis, DrawnAxis];
  const ticks = ({ _splits, _values }: DrawnAxis): [number, string][] =>
    (_splits ?? []).flatMap((at, i) => (at === null ? [] : [[at, _values?.[i] ?? ""] as [number, string]]));
  for (const [at, label] of ticks(xAxis)) {
    body.push(`<path d="M${px(at)} ${top}v${high}" stroke="${colors.rule}" stroke-opacity="0.6"/>`);
    body.push(text(px(at), top + high + 14, label, "middle"));
  }
  for (const [at, label] of ticks(yAxis)) {
    body.push(`<path d="M${left} ${py(at)}h${wide}" stroke="${colors.rule}" stroke-opacity="0.6"/>`);
    body.push(text(left - 5, `${Number(py(at)) + 3.5}`, label, "end"));
  }
  const inside: string[] = [];
  for (const { band, color } of lines) {
    if (!band) continue;
    const { x } = band.points;
    const places = Array.from(x.keys()).filter((i) => can(x[i] as number, band.hi[i] as number));
    if (places.length < 2) continue;
    const floor = plot.scales.y?.min ?? 0;
    const edge = (i: number, y: Float64Array): string =>
      `${px(x[i] as number)} ${py(Math.max(logY ? floor : Number.NEGATIVE_INFINITY, y[i] as number))}`;
    const there = places.map((i) => edge(i, band.hi));
    const back = [...places].reverse().map((i) => edge(i, band.lo));
    inside.push(`<path d="M${[...there, ...back].join("L")}Z" fill="${color}" fill-opacity="0.18"/>`);
  }
  for (const { faint, color } of lines) if (faint) inside.push(stroke(faint, color, 1.2, 0.33));
  for (const { drawn, color } of lines) inside.push(stroke(drawn, color, 1.6));

  const named = lines.length > 1 || lines.some(({ run }) => !run) ? lines : [];
  const legend = named.map(({ label, color }, i) => {
    const y = HEAD + plot.height + 12 + i * LEGEND_ROW;
    return (
      `<rect x="${left}" y="${y - 8}" width="10" height="10" rx="2" fill="${color}"/>` +
      `<text x="${left + 16}" y="${y + 1}" fill="${colors.ink}">${escaped(label)}</text>`
    );
  });
  const height = HEAD + plot.height + 6 + named.length * LEGEND_ROW;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${escaped(colors.font)}" font-size="11">` +
    `<rect width="100%" height="100%" fill="${colors.paper}"/>` +
    `<text x="${left}" y="18" font-size="13" font-weight="600" fill="${colors.ink}">${escaped(title)}</text>` +
    `<clipPath id="plot"><rect x="${left}" y="${top}" width="${wide}" height="${high}"/></clipPath>` +
    `<g transform="translate(0 ${HEAD})">${body.join("")}<g clip-path="url(#plot)">${inside.join("")}</g></g>` +
    `${legend.join("")}</svg>`
  );

  function text(x: string | number, y: string | number, said: string, anchor: string): string {
    return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colors.quiet}">${escaped(said)}</text>`;
  }
}

/** The picture in `scale` times as many pixels. */
export async function pngOf(svg: string, scale: number): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = picture.naturalWidth * scale;
    canvas.height = picture.naturalHeight * scale;
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const file = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (!file) throw new Error("This browser made no picture of the chart");
    return file;
  } finally {
    URL.revokeObjectURL(url);
  }
}
