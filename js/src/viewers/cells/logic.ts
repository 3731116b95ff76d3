// Line diff of two cell sources, in Myers' greedy O(ND) form.

export interface Line {
  kind: "same" | "removed" | "added";
  text: string;
  /** Line numbers from 1; null on the side where the line does not exist. */
  before: number | null;
  after: number | null;
}

/** A run of lines to show, and how many unchanged ones were left out before it. */
export interface Hunk {
  skipped: number;
  lines: Line[];
}

/** Beyond this many changed lines the two sources have nothing in common worth searching for. */
const MAX_EDITS = 2000;

export function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

export function diffLines(before: string, after: string): Line[] {
  const a = splitLines(before);
  const b = splitLines(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let tail = 0;
  while (tail < a.length - start && tail < b.length - start && a.at(-1 - tail) === b.at(-1 - tail)) tail++;

  const out: Line[] = [];
  const same = (i: number, j: number) =>
    out.push({ kind: "same", text: a[i] as string, before: i + 1, after: j + 1 });
  for (let i = 0; i < start; i++) same(i, i);
  const kept = common(a.slice(start, a.length - tail), b.slice(start, b.length - tail));
  let i = start;
  let j = start;
  for (const [x, y] of [...kept, [a.length - tail - start, b.length - tail - start] as const]) {
    for (; i < start + x; i++)
      out.push({ kind: "removed", text: a[i] as string, before: i + 1, after: null });
    for (; j < start + y; j++) out.push({ kind: "added", text: b[j] as string, before: null, after: j + 1 });
    if (i < a.length - tail && j < b.length - tail) same(i++, j++);
  }
  for (let k = tail; k > 0; k--) same(a.length - k, b.length - k);
  return out;
}

/** Index pairs of a longest common subsequence of lines. */
function common(a: readonly string[], b: readonly string[]): [number, number][] {
  const n = a.length;
  const m = b.length;
  if (n === 0 || m === 0) return [];
  const limit = Math.min(n + m, MAX_EDITS);
  const origin = limit + 1;
  const furthest = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  const reach = (k: number) => furthest[origin + k] as number;
  for (let d = 0; d <= limit; d++) {
    trace.push(furthest.slice(origin - d - 1, origin + d + 2));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && reach(k - 1) < reach(k + 1)) ? reach(k + 1) : reach(k - 1) + 1;
      while (x < n && x - k < m && a[x] === b[x - k]) x++;
      furthest[origin + k] = x;
      if (x >= n && x - k >= m) return walkBack(trace, d, n, m);
    }
  }
  return [];
}

function walkBack(trace: readonly Int32Array[], edits: number, n: number, m: number): [number, number][] {
  const pairs: [number, number][] = [];
  let x = n;
  let y = m;
  for (let d = edits; d >= 0; d--) {
    const row = trace[d] as Int32Array;
    const reach = (k: number) => row[k + d + 1] as number;
    const k = x - y;
    const down = k === -d || (k !== d && reach(k - 1) < reach(k + 1));
    const px = d === 0 ? 0 : down ? reach(k + 1) : reach(k - 1);
    const py = d === 0 ? 0 : px - (down ? k + 1 : k - 1);
    const snake = d === 0 ? 0 : down ? px : px + 1;
    while (x > snake) pairs.push([--x, --y]);
    x = px;
    y = py;
  }
  return pairs.reverse();
}

/** Only what changed, with `context` unchanged lines around it. */
export function hunks(lines: readonly Line[], context = 3): { hunks: Hunk[]; skippedAtEnd: number } {
  const out: Hunk[] = [];
  let shownTo = 0;
  for (let i = 0; i < lines.length; i++) {
    if (lines[i]?.kind === "same") continue;
    const from = Math.max(shownTo, i - context);
    let to = i + 1;
    for (let quiet = 0; to < lines.length && quiet < 2 * context; to++) {
      quiet = lines[to]?.kind === "same" ? quiet + 1 : 0;
    }
    let end = to;
    while (end > i + 1 && lines[end - 1]?.kind === "same") end--;
    end = Math.min(to, end + context);
    const last = out.at(-1);
    if (last && from === shownTo) last.lines.push(...lines.slice(from, end));
    else out.push({ skipped: from - shownTo, lines: lines.slice(from, end) });
    shownTo = end;
    i = end - 1;
  }
  return { hunks: out, skippedAtEnd: lines.length - shownTo };
}

export function countChanges(lines: readonly Line[]): { added: number; removed: number } {
  let added = 0;
  let removed = 0;
  for (const { kind } of lines) {
    if (kind === "added") added++;
    else if (kind === "removed") removed++;
  }
  return { added, removed };
}

/** The two runs whose cells are compared: those that were chosen while they are still there, else the first two. */
export function pairOf(
  ids: readonly string[],
  chosen: readonly [string, string] | null,
): [string, string] | null {
  const [first, second] = ids;
  if (first === undefined || second === undefined) return null;
  if (!chosen || !ids.includes(chosen[0]) || !ids.includes(chosen[1])) return [first, second];
  return [...chosen];
}
