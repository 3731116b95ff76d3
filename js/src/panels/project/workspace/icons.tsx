// The signs on the workspace's buttons.

import type { JSX } from "preact";

const PATHS = {
  plus: "M8 3v10M3 8h10",
  gear: "M8 5.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6ZM8 1.8v1.7M8 12.5v1.7M1.8 8h1.7M12.5 8h1.7M3.6 3.6l1.2 1.2M11.2 11.2l1.2 1.2M3.6 12.4l1.2-1.2M11.2 4.8l1.2-1.2",
  sidebar: "M2 3.5h12v9H2zM6 3.5v9",
  dots: "M8 3.4v.01M8 8v.01M8 12.6v.01",
  regex: "M4 12v.01M10 3v6M7.4 4.5l5.2 3M12.6 4.5l-5.2 3",
  views: "M2.5 4h11M2.5 8h11M2.5 12h7",
  expand: "M9.5 3H13v3.5M13 3 9 7M6.5 13H3V9.5M3 13l4-4",
  left: "M10 3.5 5.5 8l4.5 4.5",
  right: "M6 3.5 10.5 8 6 12.5",
  pencil: "M3 13l.6-2.8L11 2.8l2.2 2.2-7.4 7.4z",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M3.5 10 8 5.5l4.5 4.5",
  down: "M3.5 6 8 10.5 12.5 6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon(props: { name: IconName; size?: number }): JSX.Element {
  const { name, size = 14 } = props;
  return (
    <svg
      class="nb-ws-icon"
      viewBox="0 0 16 16"
      width={size}
      height={size}
      data-icon={name}
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function IconButton(props: {
  icon: IconName;
  label: string;
  title?: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      class={props.pressed ? "nb-ws-button nb-on" : "nb-ws-button"}
      title={props.title ?? props.label}
      aria-label={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}
