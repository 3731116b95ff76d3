// What charts use of Vega and Vega-Lite. Expressions are interpreted: nothing is evaluated as code.

export { Error as ErrorLevel, logger, parse, View, Warn } from "vega";
export { expressionInterpreter } from "vega-interpreter";
export { compile } from "vega-lite";
