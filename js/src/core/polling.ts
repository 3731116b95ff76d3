// When a panel reads the store by itself. Pure, so that it can be tested without waiting.

/** A run that pushes nothing for so long is looked up in the store. */
const QUIET_MS = 2_000;
/** A kernel that has not brought a new panel up to date for so long gets help. */
const HELP_MS = 700;
export const POLL_MS = 1_000;
const SLOWEST_POLL_MS = 5_000;

export interface PollState {
  /** All times in milliseconds of one clock. */
  now: number;
  gone: boolean;
  /** Whether any run may still grow. */
  running: boolean;
  /** Whether everything that there was came for every run. */
  complete: boolean;
  lastPush: number;
  lastPoll: number;
  lastSync: number;
  interval: number;
  /** Whether the last poll brought nothing new. */
  settled: boolean;
}

export function shouldPoll(s: PollState): boolean {
  if (s.now - s.lastPoll < s.interval) return false;
  if (s.gone) return s.running || !s.settled || !s.complete;
  if (!s.complete) return s.now - Math.max(s.lastSync, s.lastPush) > HELP_MS;
  return s.running && s.now - s.lastPush > QUIET_MS;
}

/** Once a second while something changes, then slower down to every five seconds. */
export function nextInterval(interval: number, changed: boolean): number {
  return changed ? POLL_MS : Math.min(SLOWEST_POLL_MS, interval * 1.6);
}
