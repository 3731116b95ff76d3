// What was deleted in this view, also by others and long ago: undo reaches only as far as this page remembers.

import type { JSX } from "preact";
import type { Project } from "../project";
import { Item, Popover } from "../table/popover";

export function Removed(props: { project: Project }): JSX.Element | null {
  const { project } = props;
  const { sections, panels } = project.view.value;
  const gone = [
    ...Object.entries(sections ?? {}).map(([id, doc]) => ({ id, doc, of: "sections", name: doc.name })),
    ...Object.entries(panels ?? {}).map(([id, doc]) => ({ id, doc, of: "panels", name: doc.title })),
  ].filter(({ doc }) => doc.deleted === true);
  if (gone.length === 0) return null;
  return (
    <Popover label="Bring back what was deleted" class="nb-link" icon={`Deleted (${gone.length})`}>
      {(close) =>
        gone.map(({ id, of, name }) => {
          const shown = name || id.replace(/^auto:/, "").replace(/@media$/, "") || "Charts";
          return (
            <Item
              key={`${of}/${id}`}
              hint={of === "sections" ? "section" : "panel"}
              onClick={() => {
                close();
                project.editView([{ op: "del", path: [of, id, "deleted"] }], `bring back ${shown}`);
              }}
            >
              {shown}
            </Item>
          );
        })
      }
    </Popover>
  );
}
