// How much the machine draws in a frame, found out while drawing.

const STEP_MS = 24;
const MOST = 2 ** 22;
const LEAST = 2 ** 14;

/** How many points the next step draws, after one of `budget` points took `ms`. */
export function nextBudget(budget: number, ms: number): number {
  if (ms < STEP_MS * 0.8) return Math.min(budget * 1.6, MOST);
  if (ms > STEP_MS * 1.6) return Math.max(budget * Math.max(STEP_MS / ms, 0.3), LEAST);
  return budget;
}
