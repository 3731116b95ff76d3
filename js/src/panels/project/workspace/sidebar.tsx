// The runs beside the charts: which there are, which are drawn, and how they are found, grouped and sorted.

import type { JSX } from "preact";
import { formatStep } from "../../../core/format";
import { FilterBar } from "../filter/bar";
import type { Project } from "../project";
import { RunsTable } from "../table";
import { GroupButton, SortButton } from "./arrange";
import { pulled } from "./drag";
import { IconButton } from "./icons";
import type { Visible } from "./runs";

export const SIDEBAR_WIDTH = 280;
const LEAST = 180;
const MOST = 720;

export interface SidebarProps {
  project: Project;
  visible: Visible;
  width: number;
  onWidth: (width: number) => void;
  onFold: () => void;
  onExpand: () => void;
}

export function Sidebar(props: SidebarProps): JSX.Element {
  const { project, visible, width, onWidth } = props;
  const { runs, matched, total } = visible;
  const resize = (to: number): void => onWidth(Math.max(LEAST, Math.min(MOST, Math.round(to))));
  return (
    <aside class="nb-ws-sidebar" aria-label="Runs" style={{ width: `${width}px` }}>
      <div class="nb-ws-sidebar-head">
        <b>Runs</b>
        <span
          class="nb-quiet nb-number"
          role="status"
          title="The first runs of the list whose eye is open are drawn; how many is in the settings"
        >
          {matched !== null && `${formatStep(runs.length)} visualized of ${formatStep(matched)}`}
          {matched !== null && total > matched && ` (${formatStep(total)} in all)`}
        </span>
        <span class="nb-spring" />
        <IconButton icon="expand" label="Show the whole table of runs" onClick={props.onExpand} />
        <IconButton icon="sidebar" label="Fold the runs" onClick={props.onFold} />
      </div>
      <div class="nb-ws-sidebar-tools">
        <FilterBar project={project} />
        <GroupButton project={project} />
        <SortButton project={project} />
      </div>
      <div class="nb-ws-sidebar-runs nb-own-keys">
        <RunsTable project={project} compact />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a line that is dragged */}
      <div
        class="nb-ws-splitter"
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the runs"
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        aria-valuenow={width}
        tabIndex={0}
        title="Drag to resize, double-click to reset"
        onPointerDown={(event) =>
          pulled(
            event,
            (dx) => resize(width + dx),
            () => undefined,
          )
        }
        onDblClick={() => resize(SIDEBAR_WIDTH)}
        onKeyDown={(event) => {
          const by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
          if (!by) return;
          event.preventDefault();
          event.stopPropagation();
          resize(width + by);
        }}
      />
    </aside>
  );
}
