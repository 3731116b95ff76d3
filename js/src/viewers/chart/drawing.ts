// One chart on the page: Vega's view, which is kept while only its data change, so that a zoom stays.

import type * as Vega from "vega";
import { positive } from "./faults";
import { DATA, flat, isVega, type Look, pointed, type Row, type Spec, sized, tipOf } from "./logic";
import { compiled, type Library, listen, reads, type Said, viewOf } from "./vega-view";

/** What is used of Vega's scenegraph items. */
interface Item {
  x: number;
  y: number;
  datum: unknown;
  tooltip?: unknown;
  mark: { marktype: string; role: string; items: Item[] };
}

/** Pixels of a file in one of the screen. */
const FINE = 2;

export class Drawing {
  private view: Vega.View | null = null;
  private drawn = "";
  private width = 0;
  private said: Said | null = null;
  /** How many warnings are of the specification, whatever its rows. */
  private lasting = 0;
  /** Whether the specification reads the table. */
  named = false;
  private pictured = false;
  constructor(
    private readonly library: Library,
    private readonly place: HTMLElement,
    private readonly tip: HTMLElement,
  ) {}

  /** What Vega warned of since the chart was made. */
  get warnings(): readonly string[] {
    return this.said?.warnings ?? [];
  }

  /** Draw; only the data are changed where the rest is as before. Rejects with what Vega says. */
  async draw(spec: Spec, rows: Row[], look: Look): Promise<void> {
    const width = Math.max(160, this.place.clientWidth);
    const many = rows.length >= this.library.MANY;
    const shown = flat(pointed(positive(spec), rows), rows, width);
    const wanted = JSON.stringify([shown, look, many]);
    if (this.view && wanted === this.drawn) {
      this.said?.warnings.splice(this.lasting); // the others were of the rows before
      if (this.named) this.view.data(DATA, rows);
      if (width !== this.width) this.resize(width);
      await this.view.runAsync();
      if (this.said?.error) throw new Error(this.said.error);
      return;
    }
    this.finish();
    const said = listen(this.library);
    this.said = said;
    const plain = compiled(this.library, sized(shown, width), look, said, width);
    this.lasting = said.warnings.length;
    const vega = many ? this.library.pictured(plain) : plain;
    this.pictured = vega !== plain;
    this.named = reads(vega, DATA);
    const view = viewOf(this.library, vega, isVega(spec) ? look : null, said, {
      renderer: "canvas",
      container: this.place,
      hover: true,
      tooltip: () => undefined,
    });
    view.addEventListener("mousemove", (event, item) =>
      this.point(event as MouseEvent, this.under(event as MouseEvent, (item ?? null) as Item | null)),
    );
    view.addEventListener("mouseout", (event) => this.point(event as MouseEvent, null));
    this.view = view;
    if (this.named) view.data(DATA, rows);
    await view.runAsync();
    if (this.view !== view) return;
    if (said.error) throw new Error(said.error);
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

  /** The chart as a file, twice as fine as on a plain screen; null before it is drawn. */
  async file(kind: "png" | "svg"): Promise<Blob | null> {
    const { view } = this;
    if (!view) return null;
    const pixels = this.pictured ? (view.signal(this.library.PIXELS) as number) : null;
    if (pixels !== null) view.signal(this.library.PIXELS, FINE);
    try {
      if (kind === "svg") return new Blob([await view.toSVG()], { type: "image/svg+xml" });
      const canvas = (await view.toCanvas(FINE)) as unknown as HTMLCanvasElement;
      return await new Promise((done) => canvas.toBlob(done, "image/png"));
    } finally {
      if (pixels !== null) await view.signal(this.library.PIXELS, pixels).runAsync();
    }
  }

  finish(): void {
    this.view?.finalize();
    this.view = null;
    this.pictured = false;
    this.drawn = "";
    this.said = null;
    this.place.replaceChildren();
    this.tip.hidden = true;
  }

  /** What the pointer is on: what the specification wants to be told of it, else its row. */
  private under(event: MouseEvent, item: Item | null): unknown {
    const { view } = this;
    if (!view) return null;
    const box = this.place.querySelector("canvas")?.getBoundingClientRect();
    const [left, top] = view.origin();
    const padding = view.padding() as { left: number; top: number };
    const x = event.clientX - (box?.left ?? 0) - left - padding.left;
    const y = event.clientY - (box?.top ?? 0) - top - padding.top;
    const row = this.library.rowAt(view, x, y);
    if (row || !item) return row;
    let nearest = item;
    const { marktype, items, role } = item.mark;
    if (marktype === "line" || marktype === "area") {
      // a line is one thing on the page: of its points, the one next to the pointer
      const far = (one: Item): number => (one.x - x) ** 2 + (one.y - y) ** 2;
      nearest = items.reduce((best, one) => (far(one) < far(best) ? one : best), item);
    }
    return nearest.tooltip ?? (role === "mark" ? nearest.datum : null);
  }

  private resize(width: number): void {
    this.width = width;
    this.view?.width(width);
  }

  /** Show what is under the pointer; null once it has left. */
  private point(event: MouseEvent, value: unknown): void {
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
