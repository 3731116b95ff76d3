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
import { useFile, usePicture } from "./files";
import { GROUNDS, type Legend, type Look } from "./look";
import type { Borrower, Pool } from "./pool";
import { type Frame, MAX_SURFACE_ATOMS, type Told } from "./scene";
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
  pairing: Signal<Pairing | null>;
  depictions: Signal<boolean>;
  spinning: Signal<boolean>;
}

export interface Measure {
  idx: number;
  atoms: readonly [AtomId, AtomId];
}

const PAIRED: Record<Pairing, string> = {
  trace: "backbone atoms",
  heavy: "atoms without hydrogens",
  all: "atoms",
};
const TURN_DEGREES = 12;
const ZOOM = 1.15;
/** A picture is drawn anew when nothing has changed for this long. */
const REST_MS = 180;

export function Stage(props: {
  run: RunView;
  row: MediaRow;
  /** What it is laid on, if anything. */
  reference: { run: RunView; row: MediaRow; label: string } | null;
  shared: Shared;
}): JSX.Element {
  const { run, row, reference, shared } = props;
  const { io, cameras } = shared;
  const place = useRef<HTMLDivElement>(null);
  const file = useFile(io, run.model.id, row);
  const other = useFile(io, reference?.run.model.id ?? "", reference?.row ?? null);
  const size = useSize(place);
  const dark = useDark(place);
  const told = useSignal<Told | null>(null);
  const error = useSignal<string | null>(null);
  const picture = useSignal<string | null>(null);
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
  const on =
    reference && other.file.value && other.file.value.sha !== file.file.value?.sha ? other.file.value : null;

  const frame = (): Frame | null =>
    file.file.value && {
      file: file.file.value,
      reference: on,
      pairing: shared.pairing.value,
      look,
      ground: GROUNDS[look.ground ?? (dark ? "dark" : "light")],
      measures: measures.map((one) => one.atoms),
      picked: picked?.idx === row.idx ? picked.atom : null,
      view: cameras.of(run.model.id, row.idx),
      home: home.current,
    };

  // What is laid on something stands where that is; another molecule is seen whole.
  const ground = `${on ? (reference?.label ?? "") : ""} ${String(row.meta.atoms)}`;
  if (own.ground !== ground) home.current = null;
  own.ground = ground;

  /** Draw with a scene if one is to be had, else a picture of it. */
  const draw = (firmly: boolean): void => {
    const wanted = frame();
    const el = place.current;
    if (!wanted || !pool || !el || size.width === 0 || (!own.near && !firmly)) return;
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
        };
        own.scene = scene;
        told.value = scene.show(wanted);
        picture.value = null;
      } else {
        const printed = pool.print(wanted, size.width, size.height);
        told.value = printed;
        picture.value = printed.picture;
      }
      home.current ??= told.value.home;
      error.value = null;
    } catch (reason) {
      error.value = messageOf(reason);
    }
  };
  own.draw = draw;

  useEffect(
    () => draw(false),
    [
      pool,
      file.file.value,
      on,
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
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    wake();
    view(act);
  };

  const failed = error.value ?? file.error.value ?? other.error.value;
  const waiting = !file.file.value || !pool;
  return (
    <figure class="nb-molecule-one">
      <div class="nb-molecule-pair">
        <div
          ref={place}
          class="nb-molecule-stage nb-own-keys"
          role="application"
          aria-label={`${row.key}: turn with the arrow keys, zoom with + and −, 0 for the whole`}
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
        {shared.depictions.value && <Depiction run={run.model.id} row={row} io={io} />}
      </div>
      {failed && <ErrorLine text={failed} retry={file.error.value ? file.retry : () => draw(true)} />}
      {told.value && <LegendLine legend={told.value.legend} />}
      <figcaption class="nb-molecule-facts nb-quiet">
        {typeof row.meta.caption === "string" && <b>{row.meta.caption}</b>}
        {facts(row).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
        {reference && <Fit told={told.value} on={on !== null} label={reference.label} />}
        {look.surface && told.value && told.value.atoms.length > MAX_SURFACE_ATOMS && (
          <span>no surface: more than {MAX_SURFACE_ATOMS.toLocaleString("en")} atoms</span>
        )}
      </figcaption>
      {told.value && measures.length > 0 && (
        <ul class="nb-molecule-measures">
          {measures.map((one, at) => (
            <li key={`${one.atoms[0].name} ${one.atoms[1].name}`}>
              <span>
                {one.atoms[0].name} – {one.atoms[1].name}
              </span>
              <b class="nb-number">{length(told.value?.distances[at])}</b>
              <IconButton
                icon="close"
                label="Forget this distance"
                onClick={() => {
                  shared.measures.value = shared.measures.value.filter((other) => other !== one);
                }}
              />
            </li>
          ))}
        </ul>
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
    clearTimeout(this.printing);
    this.draw = () => undefined;
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

function Depiction(props: { run: string; row: MediaRow; io: Io }): JSX.Element | null {
  const parts = props.row.meta.parts as { depiction?: string } | undefined;
  const url = usePicture(props.io, props.run, parts?.depiction ?? null);
  if (!parts?.depiction) return null;
  return <div class="nb-molecule-flat">{url.value && <img src={url.value} alt="Structural formula" />}</div>;
}

function Fit(props: { told: Told | null; on: boolean; label: string }): JSX.Element | null {
  const { told, on, label } = props;
  if (!told) return null;
  if (!on) return <span>the reference itself, or the same molecule</span>;
  const fit = told.superposed;
  if (!fit) return <span>cannot be laid on {label}: fewer than three atoms belong together</span>;
  return (
    <span
      class="nb-molecule-rmsd"
      title={`Laid on ${label} (gray), least squares over ${fit.pairs} ${PAIRED[fit.pairing]}`}
    >
      RMSD <b class="nb-number">{fit.rmsd.toFixed(2)} Å</b> to {label}, {fit.pairs} {PAIRED[fit.pairing]}
    </span>
  );
}

function LegendLine(props: { legend: Legend }): JSX.Element {
  const { legend } = props;
  if (legend.kind === "ramp")
    return (
      <div class="nb-molecule-legend">
        <span>{legend.from}</span>
        <span
          class="nb-molecule-ramp"
          aria-hidden="true"
          style={{ background: `linear-gradient(to right, ${legend.colors.join(", ")})` }}
        />
        <span>{legend.to}</span>
      </div>
    );
  return (
    <div class="nb-molecule-legend">
      {legend.entries.map((entry) => (
        <span key={entry.label}>
          <span class="nb-swatch" aria-hidden="true" style={{ background: entry.color }} />
          {entry.label}
        </span>
      ))}
    </div>
  );
}

/** Why there is nothing to see yet. */
function absenceOf(row: MediaRow): string {
  if (row.blob) return "Loading 3Dmol.js (0.5 MB, once per page)…";
  return typeof row.meta.error === "string"
    ? "This molecule could not be stored"
    : "This molecule is being stored…";
}

/** What the store knows of the molecule, in words. */
export function facts(row: MediaRow): string[] {
  const { formula, atoms, residues, chains, models, note, error, format } = row.meta;
  const found: string[] = [];
  if (typeof formula === "string") found.push(formula);
  if (typeof atoms === "number")
    found.push(`${atoms.toLocaleString("en")} ${atoms === 1 ? "atom" : "atoms"}`);
  if (typeof residues === "number") found.push(`${residues.toLocaleString("en")} residues`);
  if (Array.isArray(chains) && chains.length > 0)
    found.push(
      chains.length > 8
        ? `${chains.length} chains`
        : `${chains.length > 1 ? "chains" : "chain"} ${chains.join(", ")}`,
    );
  if (typeof models === "number") found.push(`the first of ${models.toLocaleString("en")} models`);
  if (typeof format === "string") found.push(format);
  if (typeof note === "string") found.push(note);
  if (typeof error === "string") found.push(error);
  return found;
}

function length(value: number | null | undefined): string {
  return typeof value === "number" ? `${value.toFixed(2)} Å` : "no such atom here";
}

function save(picture: string, name: string): void {
  const link = document.createElement("a");
  link.href = picture;
  link.download = `${name.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.png`;
  link.click();
}
