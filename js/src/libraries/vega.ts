// What charts use of Vega and Vega-Lite. Expressions are interpreted: nothing is evaluated as code.

import { CanvasRenderer, renderModule } from "vega";
import { teach } from "../viewers/chart/points";

/** A canvas in the memory of the processor: it is read and drawn on at once, not by the graphics card's queue. */
class Renderer extends CanvasRenderer {
  override resize(...given: Parameters<CanvasRenderer["resize"]>): this {
    this.canvas()?.getContext("2d", { willReadFrequently: true }); // the first call decides
    return super.resize(...given);
  }
}
renderModule("canvas", { ...renderModule("canvas"), renderer: Renderer });
teach();

export { logger, parse, View, Warn } from "vega";
export { compile } from "vega-lite";
export { expressions } from "../viewers/chart/expressions";
export { MANY, PIXELS, pictured, rowAt } from "../viewers/chart/points";
