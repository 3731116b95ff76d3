// A specification made into a view of Vega's: compiled, cut off from the network, and listened to.

import type * as Vega from "vega";
import type { compile } from "vega-lite";
import type { expressions } from "./expressions";
import { configOf, isVega, type Look, type Spec } from "./logic";
import type { MANY, PIXELS, pictured, rowAt } from "./points";

/** What src/libraries/vega.ts exports. */
export interface Library {
  View: typeof Vega.View;
  parse: typeof Vega.parse;
  logger: typeof Vega.logger;
  Warn: number;
  compile: typeof compile;
  expressions: typeof expressions;
  MANY: typeof MANY;
  PIXELS: typeof PIXELS;
  pictured: typeof pictured;
  rowAt: typeof rowAt;
}

/** Nothing is fetched: data come with the chart, and pictures and links in it lead nowhere. */
const refuse = (uri: string): Promise<never> =>
  Promise.reject(new Error(`this chart asks for ${uri}: nothing is fetched; its data have to be in it`));
const LOADER = { load: refuse, sanitize: refuse, http: refuse, file: refuse } as unknown as Vega.Loader;

/** What Vega says of one chart. */
export interface Said {
  log: Vega.LoggerInterface;
  warnings: string[];
  /** Its first error: Vega goes on after it, with a chart that is not what was meant. "" when there is none. */
  error: string;
}

export function listen({ logger, Warn }: Library): Said {
  const said: Said = { log: logger(Warn), warnings: [], error: "" };
  said.log.warn = (...parts) => {
    const text = parts.join(" ");
    if (!text.startsWith("Dropping ")) said.warnings.push(text); // sizes that we gave and that cannot be met
    return said.log;
  };
  said.log.error = (...parts) => {
    said.error ||= parts.join(" ");
    return said.log;
  };
  return said;
}

/** A specification in Vega's own terms: one in Vega-Lite's is compiled, for a place of this width in pixels. */
export function compiled(library: Library, spec: Spec, look: Look, said: Said, width?: number): Spec {
  if (isVega(spec)) return spec;
  const config = configOf(look, width, typeof spec.height === "number" ? spec.height : undefined);
  return library.compile(spec as never, { config: config as never, logger: said.log as never })
    .spec as unknown as Spec;
}

/** A view, before it is first run. `look`: of a specification that was Vega's own; else it is in there. */
export function viewOf(
  library: Library,
  vega: Spec,
  look: Look | null,
  said: Said,
  options: Vega.ViewOptions,
): Vega.View {
  const config = look ? (configOf(look) as Vega.Config) : undefined;
  return new library.View(library.parse(vega as unknown as Vega.Spec, config, { ast: true }), {
    // the types lag behind: an interpreter is accepted since Vega 5.13
    ...({ expr: library.expressions } as object),
    loader: LOADER,
    logger: said.log,
    ...options,
  });
}

/** Whether a specification in Vega's terms has a data set of this name. */
export function reads(vega: Spec, name: string): boolean {
  return ((vega.data ?? []) as Spec[]).some((one) => !Array.isArray(one) && one.name === name);
}
