// Vega's expressions without eval, at the speed of code.
//
// vega-interpreter walks the tree of an expression anew for each row, ten times as slow as Vega's own way of making
// code of it, which a page may forbid. What most rows are asked - is this cell a number, where is it on that scale -
// is made of a few kinds of nodes: these become closures once. Whatever else there is goes to the interpreter.

import { expressionInterpreter as interpreter } from "vega-interpreter";

/** Nodes of an expression, as vega-expression parses them. */
interface Node {
  type: string;
  [part: string]: unknown;
}
interface Expression {
  code: string;
  ast: Node;
}
interface Channels {
  marktype: string;
  channels: Record<string, Expression>;
}
type Functions = Record<string, (...args: unknown[]) => unknown>;
interface Context {
  functions: Functions;
}
type Signals = Record<string, unknown>;
type Closure = (datum: unknown, signals: Signals, item: unknown) => unknown;

const BINARY: Record<string, (a: never, b: never) => unknown> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
};
const UNARY: Record<string, (a: never) => unknown> = { "+": (a) => +a, "-": (a) => -a, "!": (a) => !a };
const MATH: Functions = {
  isNaN: Number.isNaN as never,
  isFinite: Number.isFinite as never,
  abs: Math.abs as never,
  min: Math.min as never,
  max: Math.max as never,
  round: Math.round as never,
};
/** Functions of Vega's that many rows are asked, none of which runs code that it is given. */
const KNOWN = new Set("scale isValid isDate isNumber isString toNumber toString toDate".split(" "));

/** An expression as a closure; null when the interpreter has to walk it. */
function closure(node: Node, functions: Functions): Closure | null {
  const made = (part: unknown): Closure | null => closure(part as Node, functions);
  switch (node.type) {
    case "Literal": {
      const { value } = node;
      return node.regex ? null : () => value;
    }
    case "Identifier": {
      const name = node.name as string;
      if (name === "datum") return (datum) => datum;
      if (name === "item") return (_datum, _signals, item) => item;
      const key = `$${name}`;
      // constants such as PI have no signal of their name
      return /^[A-Z]/.test(name) || name === "event" ? null : (_datum, signals) => signals[key];
    }
    case "MemberExpression": {
      const of = made(node.object);
      const name = node.computed
        ? (node.property as Node).type === "Literal" && (node.property as Node).value
        : (node.property as Node).name;
      if (!of || typeof name !== "string") return null;
      return (datum, signals, item) => {
        const value = (of(datum, signals, item) as Record<string, unknown>)[name];
        return typeof value === "function" ? undefined : value; // a way out of the data: Function, eval
      };
    }
    case "UnaryExpression": {
      const apply = UNARY[node.operator as string] as ((a: unknown) => unknown) | undefined;
      const one = made(node.argument);
      return apply && one ? (datum, signals, item) => apply(one(datum, signals, item)) : null;
    }
    case "BinaryExpression": {
      const apply = BINARY[node.operator as string] as ((a: unknown, b: unknown) => unknown) | undefined;
      const [a, b] = [made(node.left), made(node.right)];
      return apply && a && b
        ? (datum, signals, item) => apply(a(datum, signals, item), b(datum, signals, item))
        : null;
    }
    case "LogicalExpression": {
      const [a, b] = [made(node.left), made(node.right)];
      if (!a || !b) return null;
      return node.operator === "&&"
        ? (datum, signals, item) => a(datum, signals, item) && b(datum, signals, item)
        : (datum, signals, item) => a(datum, signals, item) || b(datum, signals, item);
    }
    case "ConditionalExpression": {
      const [test, yes, no] = [made(node.test), made(node.consequent), made(node.alternate)];
      return test && yes && no
        ? (datum, signals, item) => (test(datum, signals, item) ? yes : no)(datum, signals, item)
        : null;
    }
    case "CallExpression": {
      const name = ((node.callee as Node).name as string).replace(/^_/, "");
      const apply = KNOWN.has(name) ? functions[name] : MATH[name];
      const given = (node.arguments as Node[]).map(made);
      const [a, b] = given;
      if (!apply || !a || given.length > 2 || (given.length === 2 && !b)) return null;
      return b
        ? (datum, signals, item) => apply.call(functions, a(datum, signals, item), b(datum, signals, item))
        : (datum, signals, item) => apply.call(functions, a(datum, signals, item));
    }
    default:
      return null;
  }
}

/** Channels after which x and y follow from others: of such marks, bars for the most part, there are few. */
const SPATIAL = ["x2", "y2", "xc", "yc"];

/** What Vega's View takes for `expr`: what is asked once a row is fast, all else is the interpreter's. */
export const expressions = {
  ...interpreter,

  /** An expression on a row, such as a filter's. */
  parameter(context: Context, expression: Expression): (datum: unknown, signals: Signals) => unknown {
    const found = closure(expression.ast, context.functions);
    return found
      ? (datum, signals) => found(datum, signals, undefined)
      : interpreter.parameter(context, expression);
  },

  /** The channels of a mark; says whether one has changed. */
  encode(
    context: Context,
    encode: Channels,
  ): (item: Record<string, unknown>, signals: Signals) => boolean | number {
    const { channels } = encode;
    if (SPATIAL.some((name) => name in channels)) return interpreter.encode(context, encode);
    const fast: [string, Closure][] = [];
    const slow: Channels["channels"] = {};
    for (const [name, expression] of Object.entries(channels)) {
      const found = closure(expression.ast, context.functions);
      if (found) fast.push([name, found]);
      else slow[name] = expression;
    }
    const rest =
      Object.keys(slow).length > 0 ? interpreter.encode(context, { ...encode, channels: slow }) : null;
    return (item, signals) => {
      const { datum } = item;
      let modified = rest ? rest(item, signals) : 0;
      for (const [name, found] of fast) {
        const value = found(datum, signals, item);
        if (item[name] === value) continue;
        item[name] = value;
        modified = 1;
      }
      return modified;
    };
  },
};
