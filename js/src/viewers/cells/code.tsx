// The code that made runs: program, commit and what was not committed, installed packages. Of one run as it is, of
// several what differs from the first.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import { EmptyState, ErrorLine, SearchField, Section } from "../../core/panel";
import type { RunView } from "../../core/registry";
import type { About } from "../../core/wire";
import { DiffView, SourceView } from "./diff";
import { countChanges, diffLines } from "./logic";
import { comparePackages, type PackageRow, shortCommit } from "./packages";

/** Runs beside each other; more are chosen by hiding others. */
const RUNS = 8;

export function Code(props: { runs: RunView[]; io: Io }): JSX.Element {
  const runs = props.runs.slice(0, RUNS);
  const about = useAbout(runs, props.io);
  if (about.error.value) return <ErrorLine text={about.error.value} retry={() => about.attempt.value++} />;
  const found = runs.map((run) => about.found.value.get(run.model.id));
  if (found.some((one) => one === undefined)) return <EmptyState title="Loading the code…" />;
  const known = found as About[];
  const [first] = known;
  if (!first) return <EmptyState title="No run is shown" />;
  return (
    <div class="nb-code-page">
      {props.runs.length > RUNS && (
        <p class="nb-quiet">
          The first {RUNS} of {props.runs.length} runs; hide some to see others.
        </p>
      )}
      <Origins runs={runs} known={known} />
      {runs.length === 1 ? <Uncommitted about={first} /> : <Differences runs={runs} known={known} />}
      <Packages runs={runs} known={known} />
    </div>
  );
}

function useAbout(runs: readonly RunView[], io: Io) {
  const found = useSignal<ReadonlyMap<string, About>>(new Map());
  const error = useSignal<string | null>(null);
  const attempt = useSignal(0);
  const ids = runs.map((run) => run.model.id);
  useEffect(() => {
    const stop = new AbortController();
    const missing = ids.filter((id) => !found.peek().has(id));
    Promise.all(
      missing.map(async (run) => {
        const { content } = await io.details({ run, what: "about" }, stop.signal);
        return [run, content as unknown as About] as const;
      }),
    ).then(
      (fresh) => {
        found.value = new Map([...found.peek(), ...fresh]);
        error.value = null;
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) error.value = messageOf(reason);
      },
    );
    return () => stop.abort();
  }, [ids.join(), attempt.value]);
  return { found, error, attempt };
}

const ORIGINS: readonly { name: string; of: (about: About) => string }[] = [
  { name: "Program", of: (about) => about.program },
  { name: "Notebook", of: (about) => (about.notebook === about.program ? "" : about.notebook) },
  {
    name: "Commit",
    of: ({ git }) => (git ? `${shortCommit(git.commit)}${git.dirty ? " + changes" : ""}` : ""),
  },
  { name: "Branch", of: ({ git }) => git?.branch ?? "" },
  { name: "Remote", of: ({ git }) => git?.remote ?? "" },
  { name: "Python", of: (about) => about.python },
  { name: "System", of: (about) => about.platform },
  { name: "Host", of: (about) => about.host },
];

function Origins(props: { runs: RunView[]; known: About[] }): JSX.Element {
  const rows = ORIGINS.map(({ name, of }) => ({ name, values: props.known.map(of) })).filter(({ values }) =>
    values.some((value) => value !== ""),
  );
  return (
    <div class="nb-fact-scroll">
      <table class="nb-code-table">
        {props.runs.length > 1 && <RunHead runs={props.runs} />}
        <tbody>
          {rows.map(({ name, values }) => (
            <tr key={name} class={values.some((value) => value !== values[0]) ? "nb-differs" : ""}>
              <th scope="row">{name}</th>
              {values.map((value, i) => (
                <td key={props.runs[i]?.model.id}>{value || "–"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunHead(props: { runs: RunView[] }): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">
          <span class="nb-visually-hidden">Name</span>
        </th>
        {props.runs.map((run) => (
          <th scope="col" key={run.model.id} title={run.label}>
            <span class="nb-swatch" aria-hidden="true" style={{ background: run.color }} />
            {run.label}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Uncommitted(props: { about: About }): JSX.Element | null {
  const { git } = props.about;
  if (!git) return <p class="nb-quiet">The program was not in a git repository.</p>;
  if (!git.diff) return <p class="nb-quiet">Everything was committed.</p>;
  return (
    <Section title="Not committed" open={false}>
      {git.cut && <p class="nb-quiet">Only its first MiB was kept.</p>}
      <SourceView source={git.diff} />
    </Section>
  );
}

/** What was not committed, each run against the first. */
function Differences(props: { runs: RunView[]; known: About[] }): JSX.Element {
  const [first, ...others] = props.known;
  const base = props.runs[0]?.label ?? "";
  return (
    <Section title="Code that was not committed" open>
      {others.map((about, i) => {
        const run = props.runs[i + 1] as RunView;
        const lines = diffLines(first?.git?.diff ?? "", about.git?.diff ?? "");
        const { added, removed } = countChanges(lines);
        const same = added + removed === 0;
        const commits = first?.git?.commit === about.git?.commit;
        return (
          <div key={run.model.id} class="nb-code-pair">
            <p class="nb-cell-note nb-quiet">
              {base} → {run.label}:{" "}
              {same
                ? commits
                  ? "the same code"
                  : "the same changes, on another commit"
                : `+${added} −${removed} lines`}
            </p>
            {!same && <DiffView lines={lines} />}
          </div>
        );
      })}
    </Section>
  );
}

function Packages(props: { runs: RunView[]; known: About[] }): JSX.Element {
  const query = useSignal("");
  const all = useSignal(false);
  const several = props.runs.length > 1;
  const rows = comparePackages(props.known.map((about) => about.packages));
  const differing = rows.filter((row) => row.differs);
  const words = query.value.toLowerCase().trim();
  const shown = (several && !all.value ? differing : rows).filter((row) => row.name.includes(words));
  const title = several ? `Packages: ${differing.length} differ` : "Packages";
  if (rows.length === 0) return <p class="nb-quiet">No list of packages was kept.</p>;
  return (
    <Section title={title} count={rows.length} open={several}>
      <div class="nb-tools">
        <SearchField
          label="Search packages"
          value={query.value}
          onInput={(value) => {
            query.value = value;
          }}
        />
        {several && (
          <label class="nb-check">
            <input
              type="checkbox"
              checked={all.value}
              onChange={(event) => {
                all.value = event.currentTarget.checked;
              }}
            />
            also those that are the same
          </label>
        )}
      </div>
      {shown.length === 0 ? (
        <EmptyState title={words ? "No package matches" : "All packages are the same"} />
      ) : (
        <div class="nb-fact-scroll nb-packages">
          <table class="nb-code-table">
            {several && <RunHead runs={props.runs} />}
            <tbody>
              {shown.map((row) => (
                <PackageLine key={row.name} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function PackageLine(props: { row: PackageRow }): JSX.Element {
  const { name, versions, differs } = props.row;
  return (
    <tr class={differs ? "nb-differs" : ""}>
      <th scope="row">{name}</th>
      {versions.map((version, i) => (
        <td key={i}>{version ?? "–"}</td>
      ))}
    </tr>
  );
}
