import { describe, expect, it } from "vitest";
import { CONFIG, type Figure, fileOf, prepare } from "./logic";

const LOOK = { ink: "rgba(255, 255, 255, 0.87)", paper: "rgb(17, 17, 17)" };
const made = (figure: unknown) => prepare(JSON.stringify(figure), "cell/plotly", LOOK);
const scatter = (layout: Figure = {}, trace: Figure = {}) =>
  made({ data: [{ type: "scatter", y: [1], ...trace }], layout });
const DEFAULT_TEMPLATE = {
  layout: {
    paper_bgcolor: "white",
    plot_bgcolor: "#E5ECF6",
    font: { color: "#2a3f5f", size: 11 },
    xaxis: { gridcolor: "white", automargin: true },
    geo: { lakecolor: "white", landcolor: "#E5ECF6" },
  },
  data: { bar: [{ marker: { line: { color: "#E5ECF6" } } }] },
};

describe("what a figure may fetch", () => {
  it.each([
    ["an image of the layout", { images: [{ source: "https://x.test/a.png", x: 0 }] }, {}],
    ["one of its template", { template: { layout: { images: [{ source: "//x.test/a.png" }] } } }, {}],
    ["an image trace", {}, { type: "image", source: "http://x.test/a.png" }],
    ["a file of shapes", {}, { type: "choropleth", geojson: "https://x.test/a.json" }],
    ["tiles", { map: { layers: [{ source: "https://x.test/{z}/{x}/{y}.png", sourcetype: "raster" }] } }, {}],
    [
      "a map's style",
      { map2: { style: "https://x.test/style.json" } },
      { type: "scattermap", subplot: "map2" },
    ],
    ["what a button sets", { updatemenus: [{ buttons: [{ args: ["images[0].source", "//x.test"] }] }] }, {}],
    ["what a button lays out", { updatemenus: [{ buttons: [{ args: [{ "map.style": "//x.test" }] }] }] }, {}],
    ["a style of a text", { title: { text: "<span style='cursor:url(//x.test/a)'>a</span>" } }, {}],
    ["an escaped style", { title: { text: '<b STYLE = "cursor:\\75rl(//x.test/a)">a</b>' } }, {}],
    ["an encoded style", { title: { text: '<b style="cursor:&#117;rl(//x.test/a)">a</b>' } }, {}],
  ])("%s is left out", (_what, layout, trace) => {
    const text = JSON.stringify(scatter(layout, trace));
    expect(text).not.toContain("x.test");
  });

  it("is said to be left out", () => {
    expect(scatter({ images: [{ source: "https://x.test/a.png" }] }).incomplete).toBe(true);
    expect(scatter({}, { type: "scattermap" }).incomplete).toBe(true);
    expect(scatter({}, { type: "scattergeo" }).incomplete).toBe(true);
    expect(scatter().incomplete).toBe(false);
    expect(scatter({}, { type: "heatmap" }).incomplete).toBe(false);
    expect(scatter({}, { type: "treemap" }).incomplete).toBe(false);
  });

  it("is not what it carries itself", () => {
    const image = { source: "data:image/png;base64,AAAA" };
    const sankey = { type: "sankey", link: { source: [0, 1], target: [1, 2] } };
    const { layout, data, incomplete } = scatter({ images: [image] }, sankey);
    expect([layout.images, data[0]?.link, incomplete]).toEqual([[image], sankey.link, false]);
    const shapes = { type: "FeatureCollection", features: [] };
    expect(scatter({}, { type: "choroplethmap", geojson: shapes }).data[0]?.geojson).toEqual(shapes);
  });

  it("is no file of plotly's servers", () => {
    expect(CONFIG.topojsonURL.startsWith("data:")).toBe(true);
    expect(CONFIG.plotlyServerURL).toBe("");
    expect(CONFIG.showSendToCloud).toBe(false);
  });
});

describe("texts", () => {
  it("keep their colors and links, but lead to no frame of the page", () => {
    const text = `<a href="https://x.test" target="_top" style="color:red">a</a> 1 < 2, style=none`;
    const { layout } = scatter({ title: { text, font: { style: "italic" } } });
    expect(layout.title).toEqual({
      text: `<a href="https://x.test"  style="color:red">a</a> 1 < 2, style=none`,
      font: { style: "italic" },
    });
  });
});

describe("its size", () => {
  it("is bounded in height and as wide as there is place", () => {
    expect(scatter({ height: 5000, width: 700 })).toMatchObject({ height: 720, width: 700 });
    expect(scatter({ height: 1 }).height).toBe(120);
    expect(scatter({ height: "x", width: null })).toMatchObject({ height: 360, width: null });
    expect(scatter({ width: 700 }).layout).not.toHaveProperty("width");
  });

  it("keeps the margins that it was given", () => {
    expect(scatter({ margin: { l: 1 } }).layout.margin).toEqual({ l: 1 });
  });
});

describe("a zoom", () => {
  it("is kept from step to step unless the figure says otherwise", () => {
    expect(scatter().layout.uirevision).toBe("cell/plotly");
    expect(scatter({ uirevision: 7 }).layout.uirevision).toBe(7);
  });
});

describe("colors", () => {
  const template = (layout: Figure) => scatter(layout).layout.template as { layout: Figure; data: unknown };

  it("are the page's where the figure has plotly's standard ones", () => {
    const { layout, data } = template({ template: DEFAULT_TEMPLATE });
    expect(layout).toMatchObject({
      paper_bgcolor: "rgb(17,17,17)",
      plot_bgcolor: "rgb(27,27,27)",
      font: { color: "rgb(226,226,226)", size: 11 },
      xaxis: { gridcolor: "rgb(55,55,55)", automargin: true },
      geo: { lakecolor: "rgb(17,17,17)", landcolor: "rgb(27,27,27)" },
    });
    expect(data).toEqual({ bar: [{ marker: { line: { color: "rgb(27,27,27)" } } }] });
  });

  it.each([[{}], [{ template: {} }], [{ template: null }]])(
    "are the page's where it has none: %j",
    (layout) => {
      expect(template(layout).layout).toMatchObject({
        paper_bgcolor: "rgb(17,17,17)",
        plot_bgcolor: "rgb(17,17,17)",
      });
    },
  );

  it("are read from any form that a browser tells them in", () => {
    const look = { ink: "color(srgb 1 1 1)", paper: "color(srgb 0 0 0)" };
    const { layout } = prepare('{"data": []}', "k", look);
    expect((layout.template as { layout: Figure }).layout.font).toEqual({ color: "rgb(224,224,224)" });
  });

  it.each([
    [{ paper_bgcolor: "black", template: DEFAULT_TEMPLATE }],
    [{ plot_bgcolor: "ivory", template: DEFAULT_TEMPLATE }],
    [{ template: { layout: { plot_bgcolor: "rgb(17,17,17)", paper_bgcolor: "rgb(17,17,17)" } } }],
  ])("stay its own: %#", (layout: Figure) => {
    expect(scatter(layout).layout.template).toEqual(layout.template);
  });
});

it.each(["null", "[]", "3", '{"layout": {}}', '{"data": {}}', "{"])("%s is no figure", (text) => {
  expect(() => prepare(text, "k", LOOK)).toThrow();
});

it("a picture of it becomes a file", async () => {
  const svg = fileOf("data:image/svg+xml,%3Csvg%3E%ED%95%9C%3C/svg%3E");
  expect([svg.type, await svg.text()]).toEqual(["image/svg+xml", "<svg>한</svg>"]);
  const png = fileOf(`data:image/png;base64,${btoa("\x89PNG")}`);
  expect([png.type, png.size]).toEqual(["image/png", 4]);
});
