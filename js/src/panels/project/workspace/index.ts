import type { Cursor } from "../../../core/cursor";
import type { Session } from "../../../core/session";
import type { Project } from "../project";

export const css = "";
export function Workspace(_: {
  project: Project;
  session: Session;
  cursor: Cursor;
  onExpand: () => void;
}): null {
  return null;
}
