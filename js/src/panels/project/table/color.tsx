// The color of a run, and a choice of others: the palette, or any.

import type { JSX } from "preact";
import { PALETTE } from "../../../core/palette";
import type { Project } from "../project";
import { setRunColor } from "./changes";
import { Popover } from "./popover";

export function ColorChoice(props: {
  project: Project;
  id: string;
  name: string;
  color: string;
}): JSX.Element {
  const { project, id, name, color } = props;
  const isChosen = project.view.value.runs?.[id]?.color !== undefined;
  return (
    <Popover
      label={`Color of ${name}`}
      class="nb-runs-swatch"
      boxClass="nb-runs-colors"
      kind="dialog"
      tabIndex={-1}
      icon={<span class="nb-swatch" style={{ background: color }} />}
    >
      {(close) => (
        <>
          <div class="nb-runs-palette">
            {PALETTE.map((preset, i) => (
              <button
                key={preset}
                type="button"
                aria-label={`Color ${i + 1}`}
                aria-pressed={preset === color}
                title={preset}
                style={{ background: preset }}
                onClick={() => {
                  setRunColor(project, id, preset);
                  close();
                }}
              />
            ))}
          </div>
          <label class="nb-runs-any">
            <input
              type="color"
              value={color}
              // `input` comes with each move in the browser's own choice of colors: each would be a step of undo
              onChange={(event) => setRunColor(project, id, event.currentTarget.value)}
            />
            Any color
          </label>
          {isChosen && (
            <button
              type="button"
              class="nb-item"
              onClick={() => {
                setRunColor(project, id, null);
                close();
              }}
            >
              Its own color
            </button>
          )}
        </>
      )}
    </Popover>
  );
}
