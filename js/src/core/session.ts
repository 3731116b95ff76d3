import type { Io } from "./io";
import type { RunModel } from "./run-model";
import type { Hello } from "./wire";

/** What a panel talks to: its runs, and the ways to the kernel and the store. */
export interface Session extends Io {
  readonly hello: Hello;
  readonly runs: readonly RunModel[];
}
