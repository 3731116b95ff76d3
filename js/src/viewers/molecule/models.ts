// The models of a file: frames of a trajectory, records of an SDF, members of an ensemble. Each is pieces of the file which,
// joined, are a file with this model alone: 3Dmol.js reads only the one that is shown, however many there are. The store
// counts them in the same way (nbtrack/media/structure_models.py).

/** Begin and end in the text, of each piece of a model. */
type Pieces = readonly (readonly [number, number])[];

export class Models {
  readonly #pieces: readonly Pieces[];

  constructor(
    private readonly data: string,
    private readonly format: string,
  ) {
    const found = CUTS[format]?.(data) ?? [];
    this.#pieces = found.length > 0 ? found : [[[0, data.length]]];
  }

  get count(): number {
    return this.#pieces.length;
  }

  /** The model as a file of its own. */
  text(at: number): string {
    return (this.#pieces[at] ?? []).map(([begin, end]) => this.data.slice(begin, end)).join("");
  }

  /** What the file calls it; "" where it says nothing. */
  title(at: number): string {
    const begin = TITLED[this.format];
    const [first] = this.#pieces[at] ?? [];
    if (begin === undefined || !first) return "";
    const lines = this.data.slice(first[0], first[0] + 400).split(/\r?\n/);
    return (lines[begin] ?? "").trim();
  }
}

/** The line of a record that is its name. */
const TITLED: Record<string, number> = { sdf: 0, mol2: 1, gro: 0 };

const CUTS: Record<string, (data: string) => Pieces[]> = { pdb, pqr: pdb, sdf, mol2, gro, cif };

/** ENDMDL ends a model, END a record. What a record has before and after its models belongs to each. */
function pdb(data: string): Pieces[] {
  const found: Pieces[] = [];
  const ends = [...data.matchAll(/\nEND(MDL)?[ \t\r]*(?=\n|$(?![\s\S]))/g)].map((match) => ({
    stop: match.index,
    after: match.index + match[0].length,
    goesOn: match[1] !== undefined,
  }));
  const atom = /(?:^|\n)(?:ATOM|HETATM)/g;
  const body = /(?:^|\n)(?:MODEL |ATOM|HETATM)/g;
  let head: readonly [number, number] = [0, 0];
  let tail: readonly [number, number] | null = null;
  let bodies: [number, number][] = [];
  let begin = 0;
  for (const { stop, after, goesOn } of [...ends, { stop: data.length, after: data.length, goesOn: false }]) {
    if (from(atom, data, begin) < stop) {
      if (bodies.length === 0) {
        const first = from(body, data, begin);
        head = [begin, first];
        begin = first;
      }
      bodies.push([begin, stop]);
    } else if (bodies.length > 0) tail = [begin, stop];
    if (!goesOn) {
      const last = tail;
      found.push(...bodies.map((one) => (last ? [head, one, last] : [head, one])));
      tail = null;
      bodies = [];
    }
    begin = after;
  }
  return found;
}

function sdf(data: string): Pieces[] {
  const ends = [...data.matchAll(/\n\$\$\$\$[^\n]*(?:\n|$)/g)].map((match) => match.index + match[0].length);
  return pairs([0, ...ends, data.length])
    .filter(([begin, end]) => /[^\s$]/.test(data.slice(begin, end)))
    .map(alone);
}

function mol2(data: string): Pieces[] {
  const begins = [...data.matchAll(/@<TRIPOS>MOLECULE/g)].map((match) => match.index);
  return pairs([...begins, data.length]).map(alone);
}

/** A title, the number of atoms, a line for each, the box. */
function gro(data: string): Pieces[] {
  const found: Pieces[] = [];
  for (let begin = 0; begin < data.length; ) {
    const title = data.indexOf("\n", begin) + 1;
    const count = title > 0 ? data.slice(title, data.indexOf("\n", title)).trim() : "";
    if (!/^\d+$/.test(count)) break; // empty lines at the end
    let end = title;
    for (let line = Number(count) + 2; line > 0; line--) {
      end = data.indexOf("\n", end) + 1;
      if (end === 0) {
        end = data.length;
        break;
      }
    }
    found.push([[begin, end]]);
    begin = end;
  }
  return found;
}

/** Each data block with atoms; in it, rows of one model number. */
function cif(data: string): Pieces[] {
  const found: Pieces[] = [];
  const blocks = [...data.matchAll(/(?:^|\n)data_/gi)].map((match) => match.index);
  for (const [begin, end] of pairs([...(blocks.length > 0 ? blocks : [0]), data.length])) {
    const sites = /\n[ \t]*loop_\s+(?!_atom_site.aniso)((?:_atom_site[._]\S+\s+)+)/gi;
    sites.lastIndex = begin;
    const head = sites.exec(data);
    if (!head || head.index >= end) continue;
    const rows = head.index + head[0].length;
    const stop = Math.min(from(/\n[ \t]*(?=[#_\r\n]|loop_|data_)/gi, data, rows - 1) + 1, end);
    const names = (head[1] as string).trim().toLowerCase().split(/\s+/);
    const at = names.indexOf("_atom_site.pdbx_pdb_model_num");
    if (at < 0) found.push([[begin, end]]);
    else
      for (const pieces of byNumber(data, rows, stop, at, names.length))
        found.push([[begin, rows], ...pieces, [stop, end]]);
  }
  return found;
}

/** Rows of the table by the value of column `at`; a row may be broken over several lines. */
function byNumber(data: string, from: number, end: number, at: number, width: number): [number, number][][] {
  const found = new Map<string, [number, number][]>();
  let held: string[] = [];
  let first = from;
  for (let begin = from; begin < end; ) {
    const after = Math.min(data.indexOf("\n", begin) + 1 || end, end);
    held.push(...words(data.slice(begin, after)));
    if (held.length >= width) {
      const number = held[at] as string;
      const pieces = found.get(number);
      const last = pieces?.at(-1);
      if (!pieces) found.set(number, [[first, after]]);
      else if (last && last[1] === first) last[1] = after;
      else pieces.push([first, after]);
      held = [];
      first = after;
    }
    begin = after;
  }
  return [...found.values()];
}

/** The values of a line, which quotes may hold together. */
function words(line: string): string[] {
  const found = /['"]/.test(line)
    ? line.match(/'(?:[^']|'(?=\S))*'|"(?:[^"]|"(?=\S))*"|\S+/g)
    : line.trim().split(/\s+/);
  return (found ?? []).filter((word) => word !== "");
}

/** Where a global pattern is next found; Infinity where it is not. */
function from(pattern: RegExp, data: string, begin: number): number {
  pattern.lastIndex = begin;
  return pattern.exec(data)?.index ?? Infinity;
}

function pairs(cuts: readonly number[]): [number, number][] {
  return cuts.slice(1).map((cut, at) => [cuts[at] as number, cut]);
}

function alone(piece: [number, number]): Pieces {
  return [piece];
}
