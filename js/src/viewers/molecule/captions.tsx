// What is said of a molecule beside and below its view.

import type { JSX } from "preact";
import type { Io } from "../../core/io";
import { IconButton } from "../../core/panel";
import type { MediaRow } from "../../core/wire";
import { usePicture } from "./files";
import type { Legend } from "./look";
import type { Told } from "./scene";
import type { Measure } from "./stage";
import type { Pairing } from "./superpose";

const PAIRED: Record<Pairing, string> = {
  trace: "backbone atoms",
  heavy: "atoms without hydrogens",
  all: "atoms",
};

/** The structural formula; of several models the first one's. */
export function Depiction(props: { run: string; row: MediaRow; io: Io; models: number }): JSX.Element | null {
  const parts = props.row.meta.parts as { depiction?: string } | undefined;
  const url = usePicture(props.io, props.run, parts?.depiction ?? null);
  if (!parts?.depiction) return null;
  return (
    <div class="nb-molecule-flat">
      {url.value && <img src={url.value} alt="Structural formula" />}
      {props.models > 1 && <span class="nb-quiet">model 1</span>}
    </div>
  );
}

export function Fit(props: { told: Told | null; on: boolean; label: string }): JSX.Element | null {
  const { told, on, label } = props;
  if (!told) return null;
  if (!on) return <span>the reference itself, or the same molecule</span>;
  const fit = told.superposed;
  if (!fit) return null;
  if ("reason" in fit)
    return (
      <span class="nb-molecule-misfit">
        cannot be laid on {label}: {fit.reason}
      </span>
    );
  return (
    <span
      class="nb-molecule-rmsd"
      title={`Laid on ${label} (gray), least squares over ${fit.pairs} ${PAIRED[fit.pairing]}`}
    >
      RMSD <b class="nb-number">{fit.rmsd.toFixed(2)} Å</b> to {label}, {fit.pairs} {PAIRED[fit.pairing]}
    </span>
  );
}

export function LegendLine(props: { legend: Legend }): JSX.Element {
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
export function absenceOf(row: MediaRow): string {
  if (row.blob) return "Loading 3Dmol.js (0.5 MB, once per page)…";
  return typeof row.meta.error === "string"
    ? "This molecule could not be stored"
    : "This molecule is being stored…";
}

/** What the store knows of the molecule, in words; of a later model, what is seen of it. */
export function facts(row: MediaRow, later: Told | null = null): string[] {
  const { residues, chains, models, note, error, format } = row.meta;
  const atoms = later?.atoms.length ?? row.meta.atoms;
  const formula = later ? null : row.meta.formula;
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
  if (typeof models === "number") found.push(`${models.toLocaleString("en")} models`);
  if (typeof format === "string") found.push(format);
  if (typeof note === "string") found.push(note);
  if (typeof error === "string") found.push(error);
  return found;
}

/** How much of the surface there is, as `Listener.surface` tells. */
export function Surfacing(props: { state: number | string | null }): JSX.Element | null {
  const { state } = props;
  if (state === null || state === 1) return null;
  if (typeof state === "string") return <span>{state}</span>;
  return <span role="status">computing the surface… {Math.floor(100 * state)} %</span>;
}

export function Measures(props: {
  measures: readonly Measure[];
  told: Told;
  onForget: (measure: Measure) => void;
}): JSX.Element {
  return (
    <ul class="nb-molecule-measures">
      {props.measures.map((one, at) => (
        <li key={`${one.atoms[0].name} ${one.atoms[1].name}`}>
          <span>
            {one.atoms[0].name} – {one.atoms[1].name}
          </span>
          <b class="nb-number">{length(props.told.distances[at])}</b>
          <IconButton icon="close" label="Forget this distance" onClick={() => props.onForget(one)} />
        </li>
      ))}
    </ul>
  );
}

function length(value: number | null | undefined): string {
  return typeof value === "number" ? `${value.toFixed(2)} Å` : "no such atom here";
}
