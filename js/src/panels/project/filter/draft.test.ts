import { computed, signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Project } from "../project";
import type { Edit, Problem, RunsQuery } from "../wire";
import { CHECK_MS, Draft } from "./draft";

/** As much of a project as a draft needs; the kernel understands all but "lrr". */
function projectOf(filter: string): { project: Project; asked: string[]; filter: () => string | undefined } {
  const query = signal<RunsQuery>({ filter });
  const asked: string[] = [];
  const project = {
    query: computed(() => query.value),
    ask: async ({ filter }: { filter: string }): Promise<Partial<Problem>> => {
      asked.push(filter);
      const at = filter.indexOf("lrr");
      if (at < 0) return {};
      return { problem: { in: "filter", message: "no such column", at, length: 3, suggestions: ["lr"] } };
    },
    editView: (edits: Edit[]) => {
      query.value = { filter: String(edits[0]?.value) };
    },
  };
  return { project: project as unknown as Project, asked, filter: () => query.value.filter };
}

describe("a draft of a filter", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const pass = (ms = CHECK_MS): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  it("counts once the kernel understands it; the last good one stays until then", async () => {
    const { project, asked, filter } = projectOf("lr > 1");
    const draft = new Draft(project);
    draft.write("lrr > 2");
    expect(filter()).toBe("lr > 1");
    await pass();
    expect(draft.problem.value?.message).toBe("no such column");
    expect(filter()).toBe("lr > 1");
    draft.write("lr > 2");
    await pass();
    expect(draft.problem.value).toBeNull();
    expect(filter()).toBe("lr > 2");
    expect(asked).toEqual(["lrr > 2", "lr > 2"]);
  });

  it("is asked about when nobody has typed for a moment, not at each letter", async () => {
    const { project, asked } = projectOf("");
    const draft = new Draft(project);
    for (const text of ["l", "lr", "lr >", "lr > 1"]) {
      draft.write(text);
      await pass(CHECK_MS / 3);
    }
    await pass();
    expect(asked).toEqual(["lr > 1"]);
  });

  it("is rows and text of one filter", async () => {
    const { project, filter } = projectOf("lr > 1");
    const draft = new Draft(project);
    draft.write("lr > 2 and acc < 3");
    expect(draft.rows.value?.conditions).toHaveLength(2);
    draft.build({ join: "or", conditions: draft.rows.value?.conditions ?? [] });
    expect(draft.text.value).toBe("lr > 2 or acc < 3");
    draft.write("not (lr > 2)");
    await pass();
    expect(draft.rows.value).toBeNull();
    expect(filter()).toBe("not (lr > 2)");
    draft.write("");
    await pass();
    expect(filter()).toBe("");
  });

  it("follows what others make of the filter", () => {
    const { project, filter } = projectOf("lr > 1");
    const draft = new Draft(project);
    const stop = draft.follow();
    project.editView([{ op: "set", path: ["query", "filter"], value: "acc < 1" }], "filter");
    expect(draft.text.value).toBe("acc < 1");
    expect(filter()).toBe("acc < 1");
    stop();
  });
});
