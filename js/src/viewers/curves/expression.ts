// What a person types to compute a curve from others: `train/loss / val/loss`, `log(loss)`, `${odd key} * 2`.
// vega-expression parses it; only arithmetic is understood, nothing is ever run as code.

import type { Expression, PrivateIdentifier, SequenceExpression, SpreadElement, Super } from "estree";
import { parseExpression } from "vega-expression";
import type { CurveDef } from "./points";

/** Why a text is not understood. */
export class ExpressionError extends Error {}

type Node = Expression | SequenceExpression | PrivateIdentifier | SpreadElement | Super;
type Compute = (at: ArrayLike<number>) => number;

const FUNCTIONS: Record<string, (...values: number[]) => number> = {
  abs: Math.abs,
  ceil: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  max: Math.max,
  min: Math.min,
  pow: (base, exponent) => base ** exponent,
  round: Math.round,
  sqrt: Math.sqrt,
};
const CONSTANTS: Record<string, number> = { pi: Math.PI, e: Math.E };
const BINARY: Record<string, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
};
const UNARY: Record<string, (a: number) => number> = { "-": (a) => -a, "+": (a) => a };

/**
 * A curve out of a text. Keys stand for their values, whatever is in their names: the longest that fits is meant, and
 * `${key}` says it without doubt.
 */
export function compile(text: string, keys: readonly string[]): CurveDef {
  const used: string[] = [];
  const source = named(text, keys, used);
  if (!source.trim()) throw new ExpressionError("Type an expression, such as loss / acc");
  let tree: Node;
  try {
    tree = parseExpression(source);
  } catch (error) {
    throw new ExpressionError(said(error, used));
  }
  const value = compiled(tree, keys);
  if (used.length === 0) throw new ExpressionError("There is no key in it");
  return { name: text.trim(), keys: used, value };
}

const name = (index: number): string => `__k${index}`;

/** The text with each key as an identifier; `used` is filled with the keys in the order of their first place. */
function named(text: string, keys: readonly string[], used: string[]): string {
  const known = new Set(keys);
  const longest = [...keys].sort((a, b) => b.length - a.length);
  const word = /[\p{L}\p{N}_]/u;
  const free = (at: number): boolean => !word.test(text[at] ?? " ");
  const put = (key: string): string => {
    let at = used.indexOf(key);
    if (at < 0) at = used.push(key) - 1;
    return ` ${name(at)} `;
  };
  let out = "";
  let i = 0;
  while (i < text.length) {
    if (text.startsWith("${", i)) {
      const end = text.indexOf("}", i);
      if (end < 0) throw new ExpressionError("A \u0024{ has no }");
      const key = text.slice(i + 2, end);
      if (!known.has(key)) throw new ExpressionError(unknown(key, keys));
      out += put(key);
      i = end + 1;
      continue;
    }
    // A key begins and ends where a word does: "loss" is not in "loss2".
    const fits = (one: string): boolean => text.startsWith(one, i) && free(i + one.length);
    const key = i === 0 || free(i - 1) ? longest.find(fits) : undefined;
    if (key !== undefined) {
      out += put(key);
      i += key.length;
    } else out += text[i++];
  }
  return out;
}

function compiled(node: Node, keys: readonly string[]): Compute {
  switch (node.type) {
    case "Literal": {
      const { value } = node;
      if (typeof value !== "number") throw new ExpressionError(`${JSON.stringify(value)} is no number`);
      return () => value;
    }
    case "Identifier": {
      const { name: word } = node;
      const key = /^__k(\d+)$/.exec(word);
      if (key) {
        const index = Number(key[1]);
        return (at) => at[index] as number;
      }
      const constant = CONSTANTS[word];
      if (constant === undefined) throw new ExpressionError(unknown(word, keys));
      return () => constant;
    }
    case "UnaryExpression": {
      const act = UNARY[node.operator];
      if (!act) break;
      const inner = compiled(node.argument, keys);
      return (at) => act(inner(at));
    }
    case "BinaryExpression": {
      const act = BINARY[node.operator];
      if (!act) break;
      const [left, right] = [compiled(node.left, keys), compiled(node.right, keys)];
      return (at) => act(left(at), right(at));
    }
    case "ConditionalExpression": {
      const [test, yes, no] = [node.test, node.consequent, node.alternate].map((one) =>
        compiled(one, keys),
      ) as [Compute, Compute, Compute];
      return (at) => (test(at) ? yes(at) : no(at));
    }
    case "CallExpression": {
      const word = node.callee.type === "Identifier" ? node.callee.name : undefined;
      const act = word === undefined || !Object.hasOwn(FUNCTIONS, word) ? undefined : FUNCTIONS[word];
      if (!act)
        throw new ExpressionError(
          `There is no function ${word ?? "here"}; there are ${Object.keys(FUNCTIONS).join(", ")}`,
        );
      const values = node.arguments.map((one) => compiled(one, keys));
      return (at) => act(...values.map((value) => value(at)));
    }
  }
  throw new ExpressionError(
    "Only arithmetic is understood: + − * / %, comparisons, a ? b : c, and functions",
  );
}

function unknown(word: string, keys: readonly string[]): string {
  const near = keys.filter((key) => key.toLowerCase().includes(word.toLowerCase().slice(0, 3))).slice(0, 3);
  const some = near.length > 0 ? near : keys.slice(0, 3);
  return `No key “${word}”${some.length > 0 ? `; there is ${some.join(", ")}${keys.length > some.length ? " …" : ""}` : ""}`;
}

/** What the parser says, in which our names for keys do not appear. */
function said(error: unknown, used: readonly string[]): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/__k(\d+)/g, (_all, index) => used[Number(index)] ?? "");
}
