// What was printed, as lines: pieces are joined where they end within a line, and progress bars show their last state.

export interface LogLine {
  /** From 1. */
  number: number;
  time: number;
  stream: string;
  text: string;
}

/** Colors and movements of terminals (ECMA-48): they say nothing in a page. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** Lines of the pieces in their order; each stream has lines of its own. */
export function linesOf(pieces: readonly (readonly [number, string, string])[]): LogLine[] {
  const done: Omit<LogLine, "number">[] = [];
  const open = new Map<string, number>();
  for (const [time, stream, text] of pieces) {
    const parts = text.replace(/\r\n/g, "\n").split("\n");
    parts.forEach((part, i) => {
      const at = open.get(stream);
      if (at !== undefined) (done[at] as LogLine).text += part;
      else if (part !== "" || i < parts.length - 1) {
        open.set(stream, done.length);
        done.push({ time, stream, text: part });
      }
      if (i < parts.length - 1) open.delete(stream);
    });
  }
  return done.map((line, i) => ({ ...line, number: i + 1, text: written(line.text) }));
}

/** What a terminal would show of a line: what follows a carriage return is written over what stood there. */
function written(text: string): string {
  const plain = text.replace(ESCAPES, "");
  if (!plain.includes("\r")) return plain;
  let shown = "";
  for (const part of plain.split("\r")) shown = part + shown.slice(part.length);
  return shown;
}
