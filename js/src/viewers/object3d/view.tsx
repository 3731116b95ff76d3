// Clouds and meshes at the cursor's step. While the slider moves the camera stays where it is.

import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine } from "../../core/panel";
import type { ViewerProps } from "../../core/registry";
import { themeVersion } from "../../core/theme";
import type { MediaRow } from "../../core/wire";
import { EachRun } from "../rows";
import { useSize } from "../size";
import { Bar, Legend } from "./bar";
import type { Picked } from "./cloud";
import { Details } from "./details";
import { loadRow, type Progress } from "./loading";
import { ballOf, type CloudMeta, cloudMeta } from "./logic";
import { placesOf, scoresOf } from "./overlay";
import { Rig } from "./rig";
import {
  coloring,
  DEFAULTS,
  type Found,
  NOTHING,
  note,
  ownColoring,
  pointSize,
  type Settings,
} from "./settings";
import type { Three } from "./three";
import { Viewport } from "./viewport";

const MAX_RATIO = 2;

/** The cameras of a key: one for all, or one for each view. */
class Rigs {
  readonly common: Rig;
  readonly #own = new Map<string, Rig>();
  readonly #three: Three;

  constructor(three: Three) {
    this.#three = three;
    this.common = new Rig(three);
  }

  of(view: string, linked: boolean): Rig {
    if (linked) return this.common;
    let rig = this.#own.get(view);
    if (!rig) {
      rig = new Rig(this.#three);
      if (this.common.origin) rig.copy(this.common);
      this.#own.set(view, rig);
    }
    return rig;
  }
}

interface Shared {
  settings: Signal<Settings>;
  found: Signal<Found>;
  views: Set<Viewport>;
}

function View(
  props: Shared & {
    props: ViewerProps;
    run: string;
    row: MediaRow;
    three: Three;
    rigs: Rigs;
  },
): JSX.Element {
  const { settings, found, views, run, row, three, rigs } = props;
  const { io } = props.props;
  const id = `${run}/${row.idx}`;
  const place = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const view = useRef<Viewport | null>(null);
  const meta = useSignal<CloudMeta | null>(null);
  const progress = useSignal<Progress | null>(null);
  const shown = useSignal(0);
  const error = useSignal<string | null>(null);
  const lost = useSignal(false);
  const picked = useSignal<Picked | null>(null);
  const hint = useSignal(false);
  const tries = useSignal(0);
  const size = useSize(place);
  const theme = themeVersion().value;

  useLayoutEffect(() => {
    const made = new Viewport(
      three,
      rigs.of(id, settings.peek().linked),
      picture.current as HTMLCanvasElement,
      over.current as HTMLCanvasElement,
    );
    made.onLost = (is) => {
      lost.value = is;
    };
    made.onShown = (points) => {
      shown.value = points;
    };
    view.current = made;
    views.add(made);
    return () => {
      views.delete(made);
      made.dispose();
    };
  }, []);

  useLayoutEffect(() => {
    if (size.width > 0)
      view.current?.resize(size.width, size.height, Math.min(window.devicePixelRatio || 1, MAX_RATIO));
  }, [size.width, size.height]);

  const apply = (): void => {
    const now = settings.value;
    const made = view.current;
    if (!made) return;
    made.rig = rigs.of(id, now.linked);
    made.setMotion(now.motion);
    const cloud = meta.value;
    if (cloud) made.setLook(lookOf(now, cloud, found.value));
    const style = getComputedStyle(place.current as HTMLElement);
    made.setMarkLook(
      { boxes: now.boxes, labels: now.labels, minScore: now.minScore ?? Number.NEGATIVE_INFINITY },
      { ink: style.color, paper: style.backgroundColor },
    );
  };
  useSignalEffect(apply);
  useEffect(apply, [theme]);

  useEffect(() => {
    const made = view.current;
    if (!made || !row.blob) return undefined;
    const stop = new AbortController();
    error.value = null;
    loadRow({
      io,
      run,
      row,
      three,
      view: made,
      signal: stop.signal,
      begun: (cloud, first, marks) => {
        note(found, cloud, first, first && cloud.category ? categories(first.place) : 0);
        const scores = marks && scoresOf(marks.boxes);
        if (scores) {
          const before = found.value.scores ?? scores;
          const both = [Math.min(before[0], scores[0]), Math.max(before[1], scores[1])] as const;
          found.value = { ...found.value, scores: both };
        }
        meta.value = cloud;
        picked.value = null;
        shown.value = 0;
        return lookOf(settings.peek(), cloud, found.peek());
      },
      progress: (now) => {
        if (now.of === 0 && now.facts) meta.value = null;
        progress.value = now;
      },
    }).catch((reason: unknown) => {
      if (stop.signal.aborted) return;
      made.clear();
      progress.value = null;
      error.value = messageOf(reason);
    });
    return () => stop.abort();
  }, [row.blob, tries.value]);

  const pointer = usePointer(view, settings, (x, y, signal) => {
    void view.current?.pick(x, y, signal).then((point) => {
      if (!signal.aborted) picked.value = point;
    });
  });
  const close = (): void => {
    picked.value = null;
    view.current?.mark(null);
  };
  const caption = typeof row.meta.caption === "string" ? row.meta.caption : "";
  return (
    <figure class="nb-object3d-view">
      {error.value && <ErrorLine text={error.value} retry={() => tries.value++} />}
      <div
        ref={place}
        class="nb-object3d-stage"
        data-points={meta.value?.points ?? 0}
        data-drawn={shown.value}
      >
        <canvas ref={picture} class="nb-object3d-picture" />
        <canvas
          ref={over}
          class="nb-object3d-over nb-own-keys"
          tabIndex={0}
          aria-label={`3-D view of ${row.key}${caption ? `, ${caption}` : ""}: drag or arrow keys to turn, plus and minus to zoom, F to fit, W A S D to fly`}
          {...pointer}
          onFocus={() => {
            if (view.current) view.current.zoomable = true;
            hint.value = false;
          }}
          onBlur={() => {
            if (view.current) view.current.zoomable = false;
          }}
          onWheel={(event) => {
            hint.value =
              event.currentTarget.ownerDocument.activeElement !== event.currentTarget && !isFocused(event);
          }}
          onKeyDown={(event) => {
            if (view.current && key(view.current, event, close)) {
              event.preventDefault();
              event.stopPropagation();
            }
          }}
          onKeyUp={(event) => view.current?.rig.key(event.key, false)}
        />
        {!row.blob && !row.meta.error && <Veil text="This object is being stored…" />}
        {row.blob && !progress.value && !error.value && <Veil text="Loading…" />}
        {progress.value && meta.value?.points === 0 && !isMarked(row) && (
          <Veil text="An empty cloud: no points were logged" />
        )}
        {lost.value && <Veil text="The graphics context was lost; it is being restored…" />}
        {hint.value && <div class="nb-object3d-hint">Click the view to zoom with the wheel</div>}
        {picked.value && meta.value && <Details picked={picked.value} meta={meta.value} close={close} />}
      </div>
      <figcaption class="nb-object3d-caption">
        {caption && <span class="nb-object3d-name">{caption}</span>}
        <span class="nb-quiet nb-number">
          {row.meta.error ? String(row.meta.error) : statusOf(row, meta.value, progress.value, shown.value)}
        </span>
      </figcaption>
    </figure>
  );
}

/** In a shadow root the document knows the host only. */
function isFocused(event: WheelEvent): boolean {
  const root = (event.currentTarget as HTMLElement).getRootNode();
  return root instanceof ShadowRoot && root.activeElement === event.currentTarget;
}

/** Whether there are boxes or vectors. */
function isMarked(row: MediaRow): boolean {
  return Number(row.meta.boxes ?? 0) + Number(row.meta.vectors ?? 0) > 0;
}

function Veil(props: { text: string }): JSX.Element {
  return (
    <div class="nb-object3d-veil">
      <EmptyState title={props.text} />
    </div>
  );
}

function lookOf(settings: Settings, meta: CloudMeta, found: Found) {
  const by = ownColoring(settings.by ?? coloring(settings, [meta]), meta);
  return {
    by,
    range: found.ranges[by] ?? ([0, 1] as const),
    size: settings.size ?? pointSize(meta.points),
    hidden: by === "category" ? settings.hidden : 0,
  };
}

function categories(place: ArrayLike<number>): number {
  let bits = 0;
  for (let i = 3; i < place.length; i += 4) if ((place[i] as number) < 31) bits |= 1 << (place[i] as number);
  return bits;
}

function statusOf(row: MediaRow, meta: CloudMeta | null, progress: Progress | null, shown: number): string {
  if (!progress) return "";
  if (!meta) return [String(row.meta.format), progress.facts].join(" · ");
  const count = (n: number): string => n.toLocaleString("en");
  const parts = [`${count(meta.points)} points`];
  if (progress.points < progress.of)
    parts.push(`${Math.floor((100 * progress.points) / progress.of)} % loaded`);
  else if (shown < progress.points && shown > 0)
    parts.push(`${Math.floor((100 * shown) / progress.points)} % drawn`);
  if (meta.absent > 0) parts.push(`${count(meta.absent)} without a position`);
  for (const [name, one] of [
    ["boxes", "box"],
    ["vectors", "vector"],
  ] as const) {
    const n = row.meta[name];
    if (typeof n === "number" && n > 0) parts.push(`${count(n)} ${n === 1 ? one : name}`);
  }
  return parts.join(" · ");
}

/** A click picks a point; in fly mode a drag turns the head (in orbit mode three.js does the dragging). */
function usePointer(
  view: { readonly current: Viewport | null },
  settings: Signal<Settings>,
  pick: (x: number, y: number, signal: AbortSignal) => void,
) {
  const drag = useRef<{ x: number; y: number; moved: number } | null>(null);
  const search = useRef(new AbortController());
  return {
    onPointerDown: (event: PointerEvent & { currentTarget: HTMLCanvasElement }): void => {
      event.currentTarget.focus({ preventScroll: true });
      if (event.button === 0) drag.current = { x: event.clientX, y: event.clientY, moved: 0 };
    },
    onPointerMove: (event: PointerEvent): void => {
      const held = drag.current;
      if (!held) return;
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
      drag.current = { x: event.clientX, y: event.clientY, moved: held.moved + Math.hypot(dx, dy) };
      if (settings.peek().motion === "fly") view.current?.turn(dx, dy);
    },
    onPointerUp: (event: PointerEvent & { currentTarget: HTMLCanvasElement }): void => {
      const held = drag.current;
      drag.current = null;
      if (!held || held.moved > 4) return;
      const box = event.currentTarget.getBoundingClientRect();
      search.current.abort();
      search.current = new AbortController();
      pick(event.clientX - box.left, event.clientY - box.top, search.current.signal);
    },
    onPointerCancel: (): void => {
      drag.current = null;
    },
  };
}

const TURN = 0.12;

/** A key on the canvas; whether it meant something. */
function key(view: Viewport, event: KeyboardEvent, close: () => void): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { rig } = view;
  if (rig.key(event.key, true)) return true;
  const actions: { [key: string]: () => void } = {
    ArrowLeft: () => rig.orbit(-TURN, 0),
    ArrowRight: () => rig.orbit(TURN, 0),
    ArrowUp: () => rig.orbit(0, TURN),
    ArrowDown: () => rig.orbit(0, -TURN),
    "+": () => rig.zoom(0.85),
    "=": () => rig.zoom(0.85),
    "-": () => rig.zoom(1 / 0.85),
    f: () => frame(view),
    t: () => frame(view, true),
    Escape: close,
  };
  const action = actions[event.key];
  action?.();
  return action !== undefined;
}

/** Look at all of what a view holds. */
function frame(view: Viewport, top = false): void {
  const { cloud, model, marks, rig } = view;
  const ball = cloud ? ballOf(cloud.meta, cloud.parts[0] ?? null, placesOf(marks)) : model;
  if (ball) rig.fit(ball.center, ball.radius, top ? [0, -0.001, 1] : undefined);
}

function useThree(props: ViewerProps): { three: Three | null; error: string | null; retry: () => void } {
  const three = useSignal<Three | null>(null);
  const error = useSignal<string | null>(null);
  const tries = useSignal(0);
  useEffect(() => {
    const stop = new AbortController();
    props.io
      .library("three", stop.signal)
      .then((library) => {
        if (stop.signal.aborted) return;
        (library as Three).stage(); // throws without WebGL
        error.value = null;
        three.value = library as Three;
      })
      .catch((reason: unknown) => {
        if (stop.signal.aborted) return;
        const text = messageOf(reason);
        error.value = /webgl/i.test(text)
          ? "This browser offers no WebGL 2, which 3-D views are drawn with. (Is hardware acceleration off?)"
          : text;
      });
    return () => stop.abort();
  }, [tries.value]);
  return { three: three.value, error: error.value, retry: () => tries.value++ };
}

export function Object3DViewer(props: ViewerProps): JSX.Element {
  const settings = useSignal(DEFAULTS);
  const found = useSignal(NOTHING);
  const views = useRef(new Set<Viewport>()).current;
  const { three, error, retry } = useThree(props);
  const rigs = useMemo(() => three && new Rigs(three), [three]);
  const rows = props.runs.flatMap(({ model }) => {
    const step = props.cursor.resolve(model.mediaSteps(props.name, props.kind), model);
    return step === null ? [] : model.mediaAt(props.name, props.kind, step);
  });
  const metas = rows.map((row) => cloudMeta(row.meta)).filter((meta) => meta !== null);
  const marked = rows.some((row) => Number(row.meta.boxes ?? 0) > 0);
  const each = (top: boolean) => (): void => {
    const all = [...views];
    for (const view of settings.peek().linked ? all.slice(0, 1) : all) frame(view, top);
  };
  if (error) return <ErrorLine text={error} retry={retry} />;
  if (!three || !rigs) return <EmptyState title="Loading the 3-D viewer…" />;
  return (
    <div class="nb-object3d">
      {rows.length > 0 && (
        <Bar
          settings={settings}
          found={found}
          metas={metas}
          boxes={marked}
          several={rows.length > 1}
          fit={each(false)}
          top={each(true)}
        />
      )}
      <Legend settings={settings} found={found} metas={metas} />
      <EachRun {...props} class="nb-object3d-runs">
        {(ofRun, run) => (
          <div class="nb-object3d-list" data-count={ofRun.length}>
            {ofRun.map((row) => (
              <View
                key={row.idx}
                props={props}
                settings={settings}
                found={found}
                views={views}
                run={run.model.id}
                row={row}
                three={three}
                rigs={rigs}
              />
            ))}
          </div>
        )}
      </EachRun>
    </div>
  );
}
