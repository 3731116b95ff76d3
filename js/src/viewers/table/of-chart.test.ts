import { expect, it } from "vitest";
import type { RunView } from "../../core/registry";
import { chartOf } from "./of-chart";

const run = (...charts: string[]): RunView =>
  ({
    label: "r",
    color: "",
    model: {
      mediaSteps: (key: string, kind: string) => (kind === "chart-file" && charts.includes(key) ? [0] : []),
    },
  }) as unknown as RunView;

it("a table that lies beside a chart is the chart's", () => {
  expect(chartOf("roc_table", [run("roc")])).toBe("roc");
  expect(chartOf("val/roc_table", [run(), run("val/roc")])).toBe("val/roc");
  expect(chartOf("Custom Chart Tables/val/roc_table", [run("val/roc")])).toBe("val/roc");
  expect(chartOf("roc_table", [run("other")])).toBeNull();
  expect(chartOf("roc", [run("roc")])).toBeNull();
});
