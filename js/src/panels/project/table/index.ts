import type { Project } from "../project";

export const css = "";
export function RunsTable(_: { project: Project; compact?: boolean }): null {
  return null;
}
