// Edits of the project's document: applied to a tree, and undone. Pure. The store merges by path, the later write of a
// path winning (nbtrack/store/entities.py); here they are applied at once, so that the page answers without waiting.

import type { Json } from "../../core/wire";
import type { Edit } from "./wire";

type Tree = { [key: string]: Json };

const isTree = (value: Json | undefined): value is Tree =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** The tree after the edits; what they do not touch is the same object as before. */
export function applied(tree: Tree, edits: readonly Edit[]): Tree {
  // Each branch is copied once, however many of the edits are in it.
  const own = new Set<Tree>();
  const ownOf = (branch: Tree): Tree => {
    if (own.has(branch)) return branch;
    const copy = { ...branch };
    own.add(copy);
    return copy;
  };
  return edits.reduce(
    (all, { op, path, value }) => put(all, path, op === "set" ? (value ?? null) : undefined, ownOf),
    tree,
  );
}

function put(
  tree: Tree,
  path: readonly string[],
  value: Json | undefined,
  ownOf: (branch: Tree) => Tree,
): Tree {
  const [head, ...rest] = path;
  if (head === undefined) return tree;
  const below = tree[head];
  if (value === undefined && (rest.length === 0 ? below === undefined : !isTree(below))) return tree;
  const copy = ownOf(tree);
  if (rest.length > 0) copy[head] = put(isTree(below) ? below : {}, rest, value, ownOf);
  else if (value !== undefined) copy[head] = value;
  else delete copy[head];
  return copy;
}

/** What stands at a path, or undefined. */
export function at(tree: Tree, path: readonly string[]): Json | undefined {
  let value: Json | undefined = tree;
  for (const name of path) value = isTree(value) ? value[name] : undefined;
  return value;
}

/** The edits that bring back what stood in `tree` at the paths of `edits`, in an order that can be applied. */
export function inverse(tree: Tree, edits: readonly Edit[]): Edit[] {
  const paths = new Map(edits.map(({ path }) => [JSON.stringify(path), path]));
  return [...paths.values()].reverse().flatMap((path) => restored(path, at(tree, path)));
}

/** Trees are written leaf by leaf, as each leaf is merged by itself. */
function restored(path: string[], value: Json | undefined): Edit[] {
  if (value === undefined) return [{ op: "del", path }];
  return [{ op: "del", path }, ...leaves(path, value)];
}

/** A value as edits of its leaves. */
export function leaves(path: string[], value: Json): Edit[] {
  if (!isTree(value) || Object.keys(value).length === 0) return [{ op: "set", path, value }];
  return Object.entries(value).flatMap(([name, below]) => leaves([...path, name], below));
}
