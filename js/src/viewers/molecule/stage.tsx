// One molecule: its three-dimensional view, with what is said of it below. The scene that draws it is lent by the pool
// of the page; while there is none, a picture stands in its place and a click brings the scene back.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine, IconButton } from "../../core/panel";
import type { RunView } from "../../core/registry";
import type { MediaRow } from "../../core/wire";
import { useSize } from "../size";
import { useDark } from "../theme";
import { type Atom, type AtomId, FRONT, factsOf, type Home, idOf, turned, type View } from "./atoms";
import type { Cameras } from "./cameras";
import { absenceOf, Depiction, Fit, facts, LegendLine, Measures, Surfacing } from "./captions";
import { useFile } from "./files";
import { GROUNDS, type Look } from "./look";
import type { Borrower, Pool } from "./pool";
import type { Frame, Told } from "./scene";
import { Stepper } from "./stepper";
import type { Pairing } from "./superpose";

/** What all stages of a viewer have in common. */
export interface Shared {
  io: Io;
  pool: Signal<Pool | null>;
  look: Signal<Look>;
  cameras: Cameras;
  measuring: Signal<boolean>;
  /** Pairs of atoms by the place of their molecule in the list. */
  measures: Signal<readonly Measure[]>;
  picked: Signal<{ idx: number; atom: AtomId } | null>;
  /** The model shown of a file with several, by the place of the molecule in the list: all runs and steps have it. */
  models: Signal<ReadonlyMap<number, number>>;
  pairing: Signal<Pairing | null>;
  depictions: Signal<boolean>;
  spinning: Signal<boolean>;
}

export interface Reference {
  run: RunView;
  row: MediaRow;
  model: number | null;
  label: string;
}

export interface Measure {
  idx: number;
  atoms: readonly [AtomId, AtomId];
}

const TURN_DEGREES = 12;
const ZOOM = 1.15;
/** A picture is drawn anew when nothing has changed for this long. */
const REST_MS = 180;

export function Stage(props: {
  run: RunView;
  row: MediaRow;
  /** What it is laid on, if anything; model null: the same one as is shown. */
  reference: Reference | null;
  shared: Shared;
}): JSX.Element {
  const { run, row, reference, shared } = props;
  const { io, cameras } = shared;
  const place = useRef<HTMLDivElement>(null);
  const file = useFile(io, run.model.id, row);
  const itself = reference !== null && reference.row.blob === row.blob;
  const another = useFile(io, reference?.run.model.id ?? "", itself ? null : (reference?.row ?? null));
  const other = itself ? file : another;
  const size = useSize(place);
  const dark = useDark(place);
  const told = useSignal<Told | null>(null);
  const error = useSignal<string | null>(null);
  const picture = useSignal<string | null>(null);
  const surface = useSignal<number | string | null>(null);
  /** What the last drawing took, in ms. */
  const cost = useSignal(0);
  const hovered = useSignal<Atom | null>(null);
  const active = useSignal(false);
  const home = useRef<Home | null>(null);
  const held = useRef<Held | null>(null);
  if (!held.current) held.current = new Held();
  const own = held.current;

  const look = shared.look.value;
  const measures = shared.measures.value.filter((one) => one.idx === row.idx);
  const picked = shared.picked.value;
  const pool = shared.pool.value;
  const loaded = file.file.value;
  const count = loaded?.count ?? 1;
  const model = Math.min(shared.models.value.get(row.idx) ?? 0, count - 1);
  const toModel = (at: number): void => {
    shared.models.value = new Map(shared.models.value).set(row.idx, at);
  };
  const under = other.file.value;
  const below = under && Math.min(reference?.model ?? model, under.count - 1);
  const on =
    under && below !== null && (under.sha !== loaded?.sha || below !== model) ? under.model(below) : null;

  const frame = (): Frame | null =>
    loaded && {
      file: loaded.model(model),
      reference: on,
      pairing: shared.pairing.value,
      look,
      ground: GROUNDS[look.ground ?? (dark ? "dark" : "light")],
      measures: measures.map((one) => one.atoms),
      picked: picked?.idx === row.idx ? picked.atom : null,
      view: cameras.of(run.model.id, row.idx),
      home: home.current,
    };

  // What is laid on something stands where that is.
  const ground = on ? (reference?.label ?? "") : "";
  if (own.ground !== ground) home.current = null;
  own.ground = ground;

  /** Draw with a scene if one is to be had, else a picture of it. */
  const draw = (firmly: boolean): void => {
    const wanted = frame();
    const el = place.current;
    if (!wanted || !pool || !el || size.width === 0 || (!own.near && !firmly)) return;
    const began = performance.now();
    try {
      const scene = pool.lend(own.borrower(el, picture), firmly);
      if (scene) {
        clearTimeout(own.printing);
        scene.listener = {
          view: (view) => cameras.set(run.model.id, row.idx, view, own.look),
          hover: (atom) => {
            hovered.value = atom;
          },
          click: (atom) => measure(shared, row.idx, atom),
          surface: (state) => {
            surface.value = state;
          },
          lost: () => own.draw(false),
        };
        own.scene = scene;
        told.value = scene.show(wanted);
        picture.value = null;
      } else {
        surface.value = null;
        const printed = pool.print(wanted, size.width, size.height);
        told.value = printed;
        picture.value = printed.picture;
      }
      home.current = told.value.home;
      error.value = null;
      cost.value = performance.now() - began;
    } catch (reason) {
      error.value = messageOf(reason);
    }
  };
  own.draw = draw;

  // Of a file that cannot be had nothing is shown, nor what was there before.
  useEffect(() => {
    if (loaded) return;
    own.rest(pool);
    told.value = picture.value = null;
  }, [loaded]);
  useEffect(
    () => draw(false),
    [
      pool,
      loaded,
      model,
      under,
      below,
      look,
      dark,
      shared.pairing.value,
      shared.measures.value,
      picked,
      size.width,
      size.height,
    ],
  );

  useEffect(() => {
    const el = place.current as HTMLDivElement;
    own.look = (view) => {
      if (!own.near) return; // it is drawn when it comes into sight
      if (own.scene) own.scene.turn(view);
      else own.later();
    };
    const stop = cameras.listen(run.model.id, row.idx, own.look);
    const watcher = new IntersectionObserver(([entry]) => {
      own.near = Boolean(entry?.isIntersecting);
      if (own.near) own.draw(false);
    });
    watcher.observe(el);
    return () => {
      stop();
      watcher.disconnect();
      own.end(shared.pool.value);
    };
  }, []);

  const view = (change: (view: View) => View): void =>
    cameras.set(run.model.id, row.idx, change(cameras.of(run.model.id, row.idx)));
  const wake = (): void => {
    active.value = true;
    if (!own.scene) draw(true);
  };
  const press = (event: KeyboardEvent): void => {
    const act = KEYS[event.key];
    const by = MODEL_KEYS[event.key];
    if (!(act || (by && count > 1)) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    wake();
    if (act) view(act);
    else if (by) toModel(Math.min(Math.max(model + by, 0), count - 1));
  };

  const failed = error.value ?? file.error.value ?? other.error.value;
  const waiting = !loaded || !pool;
  return (
    <figure class="nb-molecule-one">
      <div class="nb-molecule-pair">
        <div
          ref={place}
          class="nb-molecule-stage nb-own-keys"
          role="application"
          aria-label={`${row.key}: turn with the arrow keys, zoom with + and −, 0 for the whole${count > 1 ? "; comma and period for its models" : ""}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is turned with the keyboard too
          tabIndex={0}
          data-live={picture.value === null}
          data-jp-suppress-context-menu
          style={{ background: GROUNDS[look.ground ?? (dark ? "dark" : "light")] }}
          onKeyDown={press}
          onPointerDown={(event) => {
            event.currentTarget.focus({ preventScroll: true });
            wake();
          }}
          onPointerLeave={() => {
            hovered.value = null;
          }}
          onBlur={() => {
            active.value = false;
          }}
          onWheelCapture={(event) => {
            // The wheel scrolls the notebook until the molecule is clicked.
            if (!active.value) event.stopPropagation();
          }}
        >
          {picture.value && <img class="nb-molecule-still" src={picture.value} alt="" draggable={false} />}
          {waiting && !failed && <EmptyState title={absenceOf(row)} />}
          {told.value && (
            <div class="nb-molecule-tools">
              <IconButton
                icon="first"
                label="See the whole molecule again (0)"
                onClick={() => view(() => FRONT)}
              />
              <button
                type="button"
                class="nb-molecule-save"
                title="Save this picture as PNG"
                onClick={() => {
                  if (!own.scene) draw(true);
                  if (own.scene) save(own.scene.picture(), `${row.key}-${run.label}-step-${row.step}`);
                }}
              >
                Save PNG
              </button>
            </div>
          )}
          <div class="nb-molecule-hover" aria-live="polite">
            {hovered.value && `${hovered.value.model === 1 ? "reference: " : ""}${factsOf(hovered.value)}`}
          </div>
        </div>
        {shared.depictions.value && <Depiction run={run.model.id} row={row} io={io} models={count} />}
      </div>
      {loaded && count > 1 && (
        <Stepper
          at={model}
          count={count}
          title={loaded.title(model)}
          cost={cost}
          inSight={() => own.near}
          onChange={toModel}
        />
      )}
      {failed && <ErrorLine text={failed} retry={file.error.value ? file.retry : () => draw(true)} />}
      {told.value && <LegendLine legend={told.value.legend} />}
      <figcaption class="nb-molecule-facts nb-quiet">
        {typeof row.meta.caption === "string" && <b>{row.meta.caption}</b>}
        {facts(row, model > 0 ? told.value : null).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
        {reference && <Fit told={told.value} on={on !== null} label={reference.label} />}
        <Surfacing state={surface.value} />
      </figcaption>
      {told.value && measures.length > 0 && (
        <Measures
          measures={measures}
          told={told.value}
          onForget={(measure) => {
            shared.measures.value = shared.measures.value.filter((one) => one !== measure);
          }}
        />
      )}
    </figure>
  );
}

const KEYS: Record<string, (view: View) => View> = {
  ArrowLeft: (view) => turned(view, "y", -TURN_DEGREES),
  ArrowRight: (view) => turned(view, "y", TURN_DEGREES),
  ArrowUp: (view) => turned(view, "x", -TURN_DEGREES),
  ArrowDown: (view) => turned(view, "x", TURN_DEGREES),
  "+": (view) => ({ ...view, zoom: view.zoom / ZOOM }),
  "=": (view) => ({ ...view, zoom: view.zoom / ZOOM }),
  "-": (view) => ({ ...view, zoom: view.zoom * ZOOM }),
  "0": () => FRONT,
};
/** As in video players. */
const MODEL_KEYS: Record<string, number> = { ",": -1, ".": 1 };

/** What a stage holds beside the page's elements. */
class Held {
  scene: import("./scene").Scene | null = null;
  near = false;
  /** What the camera's home was found for. */
  ground = "";
  printing: ReturnType<typeof setTimeout> | undefined;
  draw: (firmly: boolean) => void = () => undefined;
  look: (view: View) => void = () => undefined;
  #borrower: Borrower | undefined;

  borrower(place: HTMLElement, picture: Signal<string | null>): Borrower {
    this.#borrower ??= {
      place,
      inSight: () => this.near,
      taken: (last) => {
        this.scene = null;
        picture.value = last;
      },
    };
    return this.#borrower;
  }

  /** Draw the picture again when the camera rests. */
  later(): void {
    clearTimeout(this.printing);
    this.printing = setTimeout(() => this.draw(false), REST_MS);
  }

  end(pool: Pool | null): void {
    this.draw = () => undefined;
    this.rest(pool);
  }

  rest(pool: Pool | null): void {
    clearTimeout(this.printing);
    this.scene = null;
    if (this.#borrower) pool?.giveBack(this.#borrower);
  }
}

function measure(shared: Shared, idx: number, atom: Atom): void {
  if (!shared.measuring.value) return;
  const before = shared.picked.value;
  const now = idOf(atom);
  if (before?.idx !== idx) {
    shared.picked.value = { idx, atom: now };
    return;
  }
  shared.picked.value = null;
  if (before.atom.name !== now.name)
    shared.measures.value = [...shared.measures.value, { idx, atoms: [before.atom, now] }];
}

function save(picture: string, name: string): void {
  const link = document.createElement("a");
  link.href = picture;
  link.download = `${name.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.png`;
  link.click();
}
