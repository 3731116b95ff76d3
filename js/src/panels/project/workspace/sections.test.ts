import { expect, test } from "vitest";
import { matcher } from "../../run/logic";
import type { ViewDoc } from "../document";
import { applied, inverse } from "../edits";
import type { Edit } from "../wire";
import { addPanel, addSection, inSection, movePanel, moveSection } from "./changes";
import { found, loggedKeys, type SectionModel, sectionsOf } from "./sections";

const number = (key: string) => ({ key, kinds: ["number"] });
const KEYS = [
  number("lr"),
  number("val/loss"),
  number("train/loss"),
  number("train/layer10/norm"),
  number("train/layer2/norm"),
  number("_sys/cpu"),
  { key: "samples", kinds: ["image-file"] },
  { key: "val/faces", kinds: ["image-file"] },
  { key: "mixed", kinds: ["image-file", "number"] },
];

const shape = (sections: readonly SectionModel[]) =>
  sections.map(({ name, panels }) => `${name}: ${panels.map(({ title }) => title).join(", ")}`);
const edited = (view: ViewDoc, edits: readonly Edit[]): ViewDoc => applied(view as never, edits) as ViewDoc;
const named = (sections: readonly SectionModel[], name: string): SectionModel =>
  sections.find((section) => section.name === name) as SectionModel;

test("sections are made of the first prefix: charts, prefixes, media, the system closed at the end", () => {
  const sections = sectionsOf({}, KEYS);
  expect(shape(sections)).toEqual([
    "Charts: lr, mixed",
    "train: train/layer2/norm, train/layer10/norm, train/loss",
    "val: val/loss, val/faces",
    "Media: mixed, samples",
    "System: cpu",
  ]);
  expect(sections.map(({ open }) => open)).toEqual([true, true, true, true, false]);
  expect(sections[3]?.panels.map(({ id }) => id)).toEqual(["auto:mixed@media", "auto:samples"]);
});

test("or of the last prefix", () => {
  const view = { settings: { group_by_prefix: "last" as const } };
  expect(sectionsOf(view, KEYS).map(({ name }) => name)).toEqual([
    "Charts",
    "train",
    "train/layer2",
    "train/layer10",
    "val",
    "Media",
    "System",
  ]);
});

test("a section is moved, and stays where it is when others appear", () => {
  const view = edited({}, moveSection(sectionsOf({}, KEYS), "auto:val", -1));
  const names = sectionsOf(view, [...KEYS, number("test/loss"), number("aux/loss")]).map(({ name }) => name);
  expect(names).toEqual(["Charts", "val", "aux", "test", "train", "Media", "System"]);
  expect(moveSection(sectionsOf({}, KEYS), "auto:", -1)).toEqual([]);
});

test("a panel goes to another section, in its place there, and comes back by undo", () => {
  const sections = sectionsOf({}, KEYS);
  const panel = named(sections, "val").panels[0];
  const edits = movePanel(panel as never, named(sections, "train"), 1);
  const view = edited({}, edits);
  expect(shape(sectionsOf(view, KEYS))).toContain(
    "train: train/layer2/norm, val/loss, train/layer10/norm, train/loss",
  );
  const back = edited(view, inverse({}, edits));
  expect(shape(sectionsOf(back, KEYS))).toEqual(shape(sections));
});

test("a deleted section is gone with its panels, and undo brings both back", () => {
  const edits = inSection("auto:train", { deleted: true });
  const view = edited({}, edits);
  expect(sectionsOf(view, KEYS).map(({ name }) => name)).not.toContain("train");
  expect(shape(sectionsOf(edited(view, inverse({}, edits)), KEYS))).toEqual(shape(sectionsOf({}, KEYS)));
});

test("an added section stands below its neighbor, is shown empty, and holds new panels first", () => {
  let view = edited({}, addSection(sectionsOf({}, KEYS), "s1", "Mine", "auto:train"));
  expect(sectionsOf(view, KEYS).map(({ name }) => name)).toEqual([
    "Charts",
    "train",
    "Mine",
    "val",
    "Media",
    "System",
  ]);
  for (const id of ["p1", "p2"])
    view = edited(view, addPanel(named(sectionsOf(view, KEYS), "Mine"), id, "markdown", { text: "#" }, id));
  expect(named(sectionsOf(view, KEYS), "Mine").panels.map(({ id }) => id)).toEqual(["p2", "p1"]);
});

test("two who edit at once both keep what they did", () => {
  const sections = sectionsOf({}, KEYS);
  const one = movePanel(named(sections, "val").panels[0] as never, named(sections, "Charts"), 0);
  const other = [
    ...inSection("auto:train", { name: "Training" }),
    ...movePanel(named(sections, "Media").panels[1] as never, named(sections, "Charts"), 9),
  ];
  for (const order of [
    [...one, ...other],
    [...other, ...one],
  ])
    expect(shape(sectionsOf(edited({}, order), KEYS)).slice(0, 2)).toEqual([
      "Charts: val/loss, lr, mixed, samples",
      "Training: train/layer2/norm, train/layer10/norm, train/loss",
    ]);
});

test("panels stand by their titles where the setting says so", () => {
  const view: ViewDoc = {
    settings: { sort_panels_alphabetically: true },
    panels: { "auto:train/loss": { order: "a0" } },
  };
  expect(named(sectionsOf(view, KEYS), "train").panels.map(({ title }) => title)).toEqual([
    "train/layer2/norm",
    "train/layer10/norm",
    "train/loss",
  ]);
});

test("a view that wants no panels of its own accord shows those that somebody added", () => {
  const view: ViewDoc = {
    settings: { auto_generate_panels: false },
    sections: { s: { name: "Mine", order: "a0000V" } },
    panels: {
      p1: { kind: "line", section: "s", order: "a0000V", config: { keys: ["lr"] } },
      "auto:train/loss": { section: "s" },
    },
  };
  expect(shape(sectionsOf(view, KEYS))).toEqual(["Mine: lr"]);
});

test("search keeps the panels that are meant and the sections that hold one", () => {
  expect(shape(found(sectionsOf({}, KEYS), matcher("loss")))).toEqual(["train: train/loss", "val: val/loss"]);
  expect(shape(found(sectionsOf({}, KEYS), matcher("/^(lr|cpu)$/")))).toEqual(["Charts: lr", "System: cpu"]);
});

test("a panel of which nobody knows what it is, is not shown", () => {
  expect(sectionsOf({ panels: { ghost: { title: "?" } } }, [])).toEqual([]);
});

test("keys of several runs are one, with all their kinds", () => {
  const runs = [
    { keys: [{ key: "a", kind: "number" }] },
    {
      keys: [
        { key: "a", kind: "image-file" },
        { key: "b", kind: "number" },
      ],
    },
  ];
  expect(loggedKeys(runs)).toEqual([
    { key: "a", kinds: ["image-file", "number"] },
    { key: "b", kinds: ["number"] },
  ]);
});
