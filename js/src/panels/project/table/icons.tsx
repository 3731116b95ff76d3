// The small drawings on buttons of the runs table and its filters.

import type { JSX } from "preact";

const PATHS = {
  eye: "M1.5 8S4 3.6 8 3.6 14.5 8 14.5 8 12 12.4 8 12.4 1.5 8 1.5 8ZM8 9.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8Z",
  closed: "M1.5 8S4 3.6 8 3.6 14.5 8 14.5 8 12 12.4 8 12.4 1.5 8 1.5 8ZM2.5 13.5l11-11",
  pin: "M9.8 1.8l4.4 4.4-2.3.7-2.5 2.5.2 3-1.1 1.1L2.5 7.5l1.1-1.1 3 .2 2.5-2.5zM5.4 10.6 2 14",
  filter: "M2 3h12l-4.6 5.4V13L6.6 11.4v-3z",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  group: "M2.5 3.5h11M5.5 8h8M5.5 12.5h8",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
} as const;

export function Icon(props: { name: keyof typeof PATHS; size?: number }): JSX.Element {
  const { size = 14 } = props;
  return (
    <svg class="nb-drawn" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={PATHS[props.name]} />
    </svg>
  );
}
