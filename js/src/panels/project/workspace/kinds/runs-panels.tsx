// Panels of what the core draws of several runs: their media by the slider's step, config and summary, their code.

import type { JSX } from "preact";
import { EmptyState } from "../../../../core/panel";
import { partOf, viewerOf } from "../../../../core/registry";
import { type BodyProps, textsOf } from "../work";
import { Card } from "./frame";

/** Runs whose media stand beside each other; nobody looks at more of them at a time. */
const MEDIA_RUNS = 50;

export function MediaPanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const keys = textsOf(panel, "keys");
  const media = keys.flatMap((key) => (work.keyed.get(key) ?? []).filter(({ kind }) => kind !== "number"));
  const drawn = work.runs.length;
  const have = new Set(media.flatMap(({ runs }) => runs)).size;
  const note =
    have > MEDIA_RUNS
      ? `the first ${MEDIA_RUNS} of ${have} runs`
      : have < drawn
        ? `${have} of ${drawn} runs`
        : undefined;
  return (
    <Card title={panel.title} note={note} class="nb-ws-media">
      {() =>
        media.length === 0 ? (
          <EmptyState
            title={keys.length === 0 ? "No key is chosen" : `No drawn run logged ${keys.join(", ")}`}
          />
        ) : (
          media.map(({ key, kind, runs }) => {
            const viewer = viewerOf(kind);
            return (
              <section key={`${kind}\n${key}`} aria-label={key}>
                {media.length > 1 && <div class="nb-ws-media-key">{key}</div>}
                {viewer ? (
                  <viewer.component
                    runs={runs.slice(0, MEDIA_RUNS)}
                    name={key}
                    kind={kind}
                    cursor={work.cursor}
                    io={work.session}
                    onPick={work.onPick}
                  />
                ) : (
                  <EmptyState title={`This version shows no “${kind}” yet; it is safe in the store.`} />
                )}
              </section>
            );
          })
        )
      }
    </Card>
  );
}

export function ComparerPanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const Table = partOf("facts");
  return (
    <Card title={panel.title} class="nb-ws-comparer">
      {() =>
        Table && work.runs.length > 0 ? <Table runs={work.runs} /> : <EmptyState title="No runs are drawn" />
      }
    </Card>
  );
}

export function CodePanel(props: BodyProps): JSX.Element {
  const { panel, work } = props;
  const Code = partOf("code");
  return (
    <Card title={panel.title} class="nb-ws-comparer">
      {() =>
        Code && work.runs.length > 0 ? (
          <Code runs={work.runs} io={work.session} />
        ) : (
          <EmptyState title="No runs are drawn" />
        )
      }
    </Card>
  );
}
