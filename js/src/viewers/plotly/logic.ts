// A logged figure is plotly's JSON, and hostile until shown otherwise: it is data for plotly.js, which sanitizes the
// markup in its texts, but it may name addresses, and a panel fetches nothing.

export type Figure = { [key: string]: unknown };

export interface Prepared {
  data: Figure[];
  layout: Figure;
  /** CSS pixels. */
  height: number;
  /** Widest that it wants to be, in CSS pixels; null: as wide as there is place. */
  width: number | null;
  /** Whether something is missing that plotly.js would have fetched. */
  incomplete: boolean;
}

/** Colors of the page around the figure, as `getComputedStyle` tells them. */
export interface Look {
  ink: string;
  paper: string;
}

const MIN_HEIGHT = 120;
const MAX_HEIGHT = 720;
const HEIGHT = 360;

/** What plotly.js needs of a world map, with nothing on it: instead of the file that it would fetch. */
const NO_MAP = `data:application/json,${encodeURIComponent(
  JSON.stringify({
    type: "Topology",
    arcs: [],
    objects: Object.fromEntries(
      ["coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits"].map((name) => [
        name,
        { type: "GeometryCollection", geometries: [] },
      ]),
    ),
  }),
)}#`;

export const CONFIG = {
  displaylogo: false,
  // a picture is saved by the words below the figure, under the key's name
  modeBarButtonsToRemove: ["toImage"],
  showSendToCloud: false,
  plotlyServerURL: "",
  topojsonURL: NO_MAP,
};

const FETCHED = /(source|geojson|(^|[.])style)$/;
const OWN_STYLES = /^(data:|normal$|italic$)/;
const ATTRIBUTE = /\b(style|target|popup)\s*=\s*("[^"]*"|'[^']*')/gi;

/** Take a figure apart; `name` keeps a zoom from one step to the next. Throws when it is none. */
export function prepare(text: string, name: string, look: Look): Prepared {
  let incomplete = false;
  const figure = JSON.parse(text, (key, value: unknown) => {
    if (typeof value === "string") {
      if (FETCHED.test(key) && !OWN_STYLES.test(value)) {
        incomplete = true;
        return undefined;
      }
      // A style may name an address, a target may be the page itself.
      return value.includes("<")
        ? value.replace(ATTRIBUTE, (found) =>
            /^style(?!.*(url|image|src|[\\&]))/is.test(found) ? found : "",
          )
        : value;
    }
    // Buttons: [attribute, value].
    if (key.startsWith("args") && Array.isArray(value) && FETCHED.test(String(value[0]))) return [];
    return value;
  }) as { data?: unknown; layout?: unknown } | null;
  if (!figure || !Array.isArray(figure.data)) throw new Error("This is no plotly figure: it has no data");
  const data = figure.data as Figure[];
  const layout: Figure = { ...(figure.layout as Figure) };
  for (const { type, subplot } of data) {
    if (/map(box)?$/.test(String(type)) && !/^(heat|tree)/.test(String(type))) {
      const where = String(subplot ?? /map(box)?$/.exec(String(type))?.[0]);
      layout[where] = { ...(layout[where] as Figure), style: { version: 8, sources: {}, layers: [] } };
      incomplete = true;
    }
    if (/geo$|^choropleth$/.test(String(type))) incomplete = true;
  }
  const { height, width } = layout;
  delete layout.width;
  layout.height = Math.min(Math.max(Number(height) || HEIGHT, MIN_HEIGHT), MAX_HEIGHT);
  layout.autosize = true;
  layout.uirevision ??= name;
  layout.margin ??= { l: 56, r: 24, t: layout.title ? 48 : 24, b: 44 };
  return {
    data,
    layout: themed(layout, look),
    height: layout.height as number,
    width: Number(width) || null,
    incomplete,
  };
}

/** The template that plotly puts into each figure, by the color that no other has. */
const GROUND = "#E5ECF6";

/** Give a figure the page's colors, unless it was given colors of its own. */
function themed(layout: Figure, look: Look): Figure {
  const template = layout.template as { layout?: Figure } | undefined;
  const ground = template?.layout?.plot_bgcolor;
  if (layout.paper_bgcolor || layout.plot_bgcolor || (ground && ground !== GROUND)) return layout;
  const [ink, paper] = [rgb(look.ink), rgb(look.paper)];
  const tint = (share: number): string =>
    `rgb(${paper.map((p, i) => Math.round(p + ((ink[i] as number) - p) * share)).join()})`;
  const [clear, faint, line, text] = [tint(0), tint(0.04), tint(0.16), tint(0.88)];
  const own = JSON.parse(JSON.stringify(template ?? {}), (key, value) => {
    if (value === GROUND || value === "#EBF0F8") return faint;
    if (value === "#2a3f5f") return text;
    if (value === "#C8D4E3") return line;
    return value === "white" ? (/bgcolor|lake/.test(key) ? clear : line) : value;
  }) as { layout?: Figure };
  const axis = { gridcolor: line, zerolinecolor: line };
  const base = own.layout ?? {};
  own.layout = {
    ...base,
    paper_bgcolor: clear,
    plot_bgcolor: ground ? faint : clear,
    font: { ...(base.font as Figure), color: text },
    xaxis: { ...axis, ...(base.xaxis as Figure) },
    yaxis: { ...axis, ...(base.yaxis as Figure) },
    modebar: { bgcolor: clear, color: tint(0.4), activecolor: text },
  };
  return { ...layout, template: own };
}

function rgb(color: string): number[] {
  const parts = (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  return color.startsWith("color(") ? parts.map((part) => part * 255) : parts;
}

/** The file in a data URL, which `toImage` makes: base64 of a PNG, or the percent-encoded text of an SVG. */
export function fileOf(url: string): Blob {
  const comma = url.indexOf(",");
  const [head, body] = [url.slice(5, comma), url.slice(comma + 1)];
  const content = head.endsWith(";base64")
    ? Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))
    : decodeURIComponent(body);
  return new Blob([content], { type: head.split(";")[0] as string });
}
