import { expect, it } from "vitest";
import { csvOf } from "./csv";

const f = (...values: number[]): Float64Array => Float64Array.from(values);

it("has a row for each step and a column for each run", () => {
  const columns = [
    { name: "a, loss", points: { x: f(0, 2), y: f(1, Number.NaN), steps: f(0, 2) } },
    { name: "=b", points: { x: f(1), y: f(0.1), steps: f(1) } },
  ];
  expect(csvOf(columns, "").split("\r\n")).toEqual(['step,"a, loss",\'=b', "0,1,", "1,,0.1", "2,NaN,", ""]);
});

it("has each run's place on an axis that is not the step", () => {
  const columns = [{ name: "loss", points: { x: f(10, 20), y: f(1, 2), steps: f(5, 6) } }];
  expect(csvOf(columns, "_runtime")).toBe("step,loss _runtime,loss\r\n5,10,1\r\n6,20,2\r\n");
});
