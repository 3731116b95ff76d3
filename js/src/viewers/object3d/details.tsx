// What is known of the point that was clicked.

import type { JSX } from "preact";
import { IconButton } from "../../core/panel";
import type { Picked } from "./cloud";
import { CATEGORY_COLORS, type CloudMeta, decimals } from "./logic";

export function Details(props: { picked: Picked; meta: CloudMeta; close: () => void }): JSX.Element {
  const { picked, meta } = props;
  const { category, rgb } = picked;
  return (
    <div class="nb-object3d-details nb-number" role="status">
      <IconButton icon="close" label="Close (Escape)" onClick={props.close} />
      <dl>
        <dt title="Its place in the logged array">row</dt>
        <dd>{picked.row.toLocaleString("en")}</dd>
        {picked.place.map((value, i) => (
          <Entry key={i} name={"xyz"[i] as string} text={value.toFixed(decimals(meta.scale[i] as number))} />
        ))}
        {category !== null && (
          <Entry name="category" text={String(category)} color={CATEGORY_COLORS[category - 1]} />
        )}
        {rgb && <Entry name="rgb" text={rgb.join(" ")} color={`rgb(${rgb.join(" ")})`} />}
        {picked.values.map(({ name, value, scale }) => (
          <Entry key={name} name={name} text={value.toFixed(decimals(scale))} />
        ))}
      </dl>
    </div>
  );
}

function Entry(props: { name: string; text: string; color?: string | undefined }): JSX.Element {
  return (
    <>
      <dt>{props.name}</dt>
      <dd>
        {props.color && <span class="nb-swatch" style={{ background: props.color }} />} {props.text}
      </dd>
    </>
  );
}
