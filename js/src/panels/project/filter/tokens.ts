// Filter text in pieces, as nbtrack/query/grammar.py cuts it. Every text can be cut: what is half typed is a piece too.

export type TokenKind = "string" | "quoted" | "word" | "number" | "sign" | "space";

export interface Token {
  kind: TokenKind;
  text: string;
  /** UTF-16 places in the text. */
  at: number;
  end: number;
  /** A quote or a backquote that is never closed. */
  open?: true;
}

const TOKEN = new RegExp(
  [
    String.raw`(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')`,
    "(?<quoted>`[^`]*`)",
    String.raw`(?<half>"(?:\\.|[^"\\\n])*\\?|'(?:\\.|[^'\\\n])*\\?)`,
    "(?<quotedHalf>`[^`]*)",
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}\p{M}_]*)`,
    String.raw`(?<number>\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?)`,
    String.raw`(?<space>\s+)`,
    String.raw`(?<sign><>|[=!<>:]=|&&|\|\||[\s\S])`,
  ].join("|"),
  "uy",
);

const KINDS: { [group: string]: [kind: TokenKind, open: boolean] } = {
  string: ["string", false],
  half: ["string", true],
  quoted: ["quoted", false],
  quotedHalf: ["quoted", true],
  word: ["word", false],
  number: ["number", false],
  space: ["space", false],
  sign: ["sign", false],
};

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const group = Object.entries(match.groups ?? {}).find(([, piece]) => piece !== undefined)?.[0] as string;
    const [kind, open] = KINDS[group] as [TokenKind, boolean];
    const at = match.index;
    found.push({ kind, text: match[0], at, end: at + match[0].length, ...(open && { open: true }) });
    if (TOKEN.lastIndex >= text.length) break;
  }
  return found;
}

/** The UTF-16 place of a character that Python counted. */
export function placeOf(text: string, characters: number): number {
  return [...text].slice(0, characters).join("").length;
}

/** What a quoted text says; null where it holds what only Python reads (`\x41`). */
export function unquoted(text: string): string | null {
  const inside = text.slice(1, -1);
  let plain = true;
  const said = inside.replace(/\\(u[\da-fA-F]{4}|[\s\S])/g, (whole, letter: string) => {
    if (letter.length === 5) return String.fromCharCode(Number.parseInt(letter.slice(1), 16));
    if (`"'\\`.includes(letter)) return letter;
    const control = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" }[letter];
    if (control === undefined && /[\dxuUNav\n]/.test(letter)) plain = false;
    return control ?? whole;
  });
  return plain ? said : null;
}
