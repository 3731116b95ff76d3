import { expect, it } from "vitest";
import { comparePackages } from "./packages";

it("packages are compared by name", () => {
  const rows = comparePackages([
    ["numpy==1.26.4", "torch==2.3.0"],
    ["numpy==2.0.0", "pandas==2.2.2", "torch==2.3.0"],
  ]);
  expect(rows).toEqual([
    { name: "numpy", versions: ["1.26.4", "2.0.0"], differs: true },
    { name: "pandas", versions: [null, "2.2.2"], differs: true },
    { name: "torch", versions: ["2.3.0", "2.3.0"], differs: false },
  ]);
});

it("a run that kept no list differs from none", () => {
  const rows = comparePackages([["numpy==1.26.4"], [], ["numpy==1.26.4"]]);
  expect(rows).toEqual([{ name: "numpy", versions: ["1.26.4", null, "1.26.4"], differs: false }]);
});
