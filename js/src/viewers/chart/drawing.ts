// One chart on the page: Vega's view, which is kept while only its data change, so that a zoom stays.

import type * as Vega from "vega";
import type { expressionInterpreter } from "vega-interpreter";
import type { compile } from "vega-lite";
import { configOf, DATA, isVega, type Look, type Row, type Spec, sized, tipOf } from "./logic";

/** What src/libraries/vega.ts exports. */
export interface Library {
  View: typeof Vega.View;
  parse: typeof Vega.parse;
  logger: typeof Vega.logger;
  Warn: number;
  compile: typeof compile;
  expressionInterpreter: typeof expressionInterpreter;
}

/** What is used of Vega's scenegraph items. */
interface Item {
  x: number;
  y: number;
  datum: unknown;
  tooltip?: unknown;
  mark: { marktype: string; role: string; items: Item[] };
}

/** Nothing is fetched: data come with the chart, and pictures and links in it lead nowhere. */
const refuse = (uri: string): Promise<never> =>
  Promise.reject(new Error(`this chart asks for ${uri}: nothing is fetched; its data have to be in it`));
const LOADER = { load: refuse, sanitize: refuse, http: refuse, file: refuse } as unknown as Vega.Loader;

export class Drawing {
  private view: Vega.View | null = null;
  private drawn = "";
  private width = 0;
  private named = false;
  /** What Vega warned of since the chart was made. */
  readonly warnings: string[] = [];

  constructor(
    private readonly library: Library,
    private readonly place: HTMLElement,
    private readonly tip: HTMLElement,
  ) {}

  /** Draw; only the data are changed where the rest is as before. Rejects with what Vega says. */
  async draw(spec: Spec, rows: Row[], look: Look): Promise<void> {
    const width = Math.max(160, this.place.clientWidth);
    const wanted = JSON.stringify([spec, look]);
    if (this.view && wanted === this.drawn) {
      if (this.named) this.view.data(DATA, rows);
      if (width !== this.width) this.resize(width);
      await this.view.runAsync();
      return;
    }
    this.finish();
    const { View, parse, compile, logger, Warn, expressionInterpreter } = this.library;
    const log = logger(Warn);
    log.warn = (...parts) => {
      const said = parts.join(" ");
      if (!said.startsWith("Dropping ")) this.warnings.push(said); // sizes that we gave and that cannot be met
      return log;
    };
    // Vega goes on after these, with a chart that is not what was meant.
    let broken = "";
    log.error = (...parts) => {
      broken ||= parts.join(" ");
      return log;
    };
    const config = configOf(look) as Vega.Config;
    const vega = isVega(spec)
      ? (spec as unknown as Vega.Spec)
      : compile(sized(spec, width) as never, { config: config as never, logger: log as never }).spec;
    this.named = (vega.data ?? []).some(
      (one) => !Array.isArray(one) && (one as { name?: string }).name === DATA,
    );
    const runtime = parse(vega, isVega(spec) ? config : undefined, { ast: true });
    const view = new View(runtime, {
      // the types lag behind: an interpreter is accepted since Vega 5.13
      ...({ expr: expressionInterpreter } as object),
      loader: LOADER,
      logger: log,
      renderer: "canvas",
      container: this.place,
      hover: true,
      tooltip: () => undefined,
    });
    view.addEventListener("mousemove", (event, item) =>
      this.point(event as MouseEvent, (item ?? null) as Item | null),
    );
    view.addEventListener("mouseout", (event) => this.point(event as MouseEvent, null));
    this.view = view;
    if (this.named) view.data(DATA, rows);
    await view.runAsync();
    if (this.view !== view) return;
    if (broken) throw new Error(broken);
    this.drawn = wanted;
    this.width = width;
  }

  /** Give it the width of its place. */
  async fit(): Promise<void> {
    const width = Math.max(160, this.place.clientWidth);
    if (!this.view || !this.drawn || width === this.width || !this.place.clientWidth) return;
    this.resize(width);
    await this.view.runAsync();
  }

  /** The chart as a file; null before it is drawn. */
  async file(kind: "png" | "svg"): Promise<Blob | null> {
    if (!this.view) return null;
    if (kind === "svg") return new Blob([await this.view.toSVG()], { type: "image/svg+xml" });
    const canvas = (await this.view.toCanvas(2)) as unknown as HTMLCanvasElement;
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  finish(): void {
    this.view?.finalize();
    this.view = null;
    this.drawn = "";
    this.warnings.length = 0;
    this.place.replaceChildren();
    this.tip.hidden = true;
  }

  /** A line is one thing on the page: of its points, the one next to the pointer. */
  private nearest(event: MouseEvent, item: Item): Item {
    const { marktype, items } = item.mark;
    if (!this.view || (marktype !== "line" && marktype !== "area")) return item;
    const box = this.place.querySelector("canvas")?.getBoundingClientRect();
    const [left, top] = this.view.origin();
    const x = event.clientX - (box?.left ?? 0) - left;
    const y = event.clientY - (box?.top ?? 0) - top;
    const far = (one: Item): number => (one.x - x) ** 2 + (one.y - y) ** 2;
    return items.reduce((best, one) => (far(one) < far(best) ? one : best), item);
  }

  private resize(width: number): void {
    this.width = width;
    this.view?.width(width);
  }

  /** Show the row under the pointer: what the specification wants to be told of it, else its cells. */
  private point(event: MouseEvent, item: Item | null): void {
    const nearest = item && this.nearest(event, item);
    const value = nearest?.tooltip ?? (nearest?.mark.role === "mark" ? nearest.datum : null);
    const lines = tipOf(value);
    this.tip.hidden = lines.length === 0;
    if (lines.length === 0) return;
    this.tip.replaceChildren(
      ...lines.flatMap(([name, text]) => {
        const term = document.createElement("dt");
        term.textContent = name;
        const cell = document.createElement("dd");
        cell.textContent = text;
        return [term, cell];
      }),
    );
    const box = (this.tip.parentElement as HTMLElement).getBoundingClientRect();
    const x = event.clientX - box.left;
    const right = x + 14 + this.tip.offsetWidth > box.width;
    this.tip.style.left = `${right ? Math.max(0, x - 10 - this.tip.offsetWidth) : x + 14}px`;
    this.tip.style.top = `${event.clientY - box.top + 12}px`;
  }
}
