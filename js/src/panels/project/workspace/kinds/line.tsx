// A line panel: the curve of one key or of several, as the workspace draws curves or in a way of its own.

import { effect } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Cursor } from "../../../../core/cursor";
import type { Io } from "../../../../core/io";
import { EmptyState } from "../../../../core/panel";
import { type RunView, type ViewerProps, viewerOf } from "../../../../core/registry";
import { optionsOf } from "../../../../viewers/curves/options";
import type { CurveDef } from "../../../../viewers/curves/points";
import type { PanelModel } from "../sections";
import { axisOf } from "../settings";
import { type BodyProps, isOn, textsOf } from "../work";
import { keyViews, realIo } from "./key-views";

/** An own cursor has curve options of its own, and moves the one that it stands for. */
function ownCursor(cursor: Cursor): Cursor {
  return new Proxy(cursor, {
    get(target, name) {
      const value = target[name as keyof Cursor];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const OWN = ["x", "log_x", "log_y", "smoothing"] as const;

/** The panel's cursor: the workspace's, or one of its own where it is drawn in a way of its own. */
function useOwnLook(panel: PanelModel, cursor: Cursor): Cursor {
  const own = OWN.some((name) => panel.config[name] !== undefined);
  const made = useMemo(() => (own ? ownCursor(cursor) : cursor), [own, cursor]);
  const look = JSON.stringify(OWN.map((name) => panel.config[name] ?? null));
  useEffect(() => {
    if (!own) return undefined;
    const [options, shared] = [optionsOf(made), optionsOf(cursor)];
    const { x, smoothing } = panel.config;
    return effect(() => {
      options.axis.value = typeof x === "string" ? axisOf(x) : shared.axis.value;
      options.logX.value = panel.config.log_x === undefined ? shared.logX.value : isOn(panel, "log_x");
      options.logY.value = panel.config.log_y === undefined ? shared.logY.value : isOn(panel, "log_y");
      options.smoothing.value =
        typeof smoothing === "number"
          ? { ...shared.smoothing.value, amount: Math.min(0.999, Math.max(0, smoothing)) }
          : shared.smoothing.value;
      options.clip.value = shared.clip.value;
      options.grouping.value = shared.grouping.value;
      options.hoverRows.value = shared.hoverRows.value;
      options.linked.value = false;
    });
  }, [made, cursor, look]);
  return made;
}

export function LinePanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const keys = textsOf(panel, "keys");
  const cursor = useOwnLook(panel, work.cursor);
  const several = keys.length > 1;
  const identity = keys.join("\n");
  const { views, def, io } = useMemo(() => {
    const runsOf = (key: string): RunView[] =>
      work.keyed.get(key)?.find(({ kind }) => kind === "number")?.runs ?? [];
    const named: CurveDef = { name: panel.title, keys: [keys[0] ?? ""] };
    if (!several) return { views: runsOf(keys[0] ?? ""), def: named, io: work.session as Io };
    return {
      views: keyViews(keys.map((key) => ({ key, runs: runsOf(key) }))),
      def: named,
      io: realIo(work.session, keys[0] as string),
    };
  }, [identity, work.keyed, panel.title, work.session]);
  const viewer = viewerOf("number")?.component as ComponentType<ViewerProps & { def?: CurveDef }> | undefined;
  if (views.length === 0 || !viewer)
    return (
      <EmptyState title={keys.length === 0 ? "No key is chosen" : `No drawn run logged ${keys.join(", ")}`} />
    );
  const Curve = viewer;
  return (
    <Curve
      runs={views}
      name={panel.title}
      kind="number"
      cursor={cursor}
      io={io}
      def={def}
      onPick={several ? undefined : work.onPick}
    />
  );
}
