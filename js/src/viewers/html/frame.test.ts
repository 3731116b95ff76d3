import { expect, test } from "vitest";
import { adapts, framed, heightOf, MAX_HEIGHT, MIN_HEIGHT, SANDBOX, walled } from "./frame";

test("the policy stands before anything that was logged, and lets nothing leave the machine", () => {
  const doc = framed("<p>hi</p>", "t", false);
  expect(doc.indexOf("Content-Security-Policy")).toBeLessThan(doc.indexOf("<p>hi</p>"));
  expect(doc).toContain("default-src 'none'");
  expect(doc).not.toMatch(/https?:/);
});

test("a doctype stays first", () => {
  expect(framed("<!DOCTYPE html><p>x", "t", false).startsWith("<!DOCTYPE html><meta")).toBe(true);
});

test("the sandbox gives no origin and no way to the top", () => {
  expect(SANDBOX).not.toContain("allow-same-origin");
  expect(SANDBOX).not.toContain("allow-top-navigation");
});

test("the page around it lets its frame go nowhere, and nothing logged stands outside of that frame", () => {
  const doc = walled('<p title="a&b">hi</p>"><script>1</script>', "t", false);
  const [head, inner] = doc.split(' srcdoc="') as [string, string];
  expect(head).toContain("default-src 'none'");
  expect(head).not.toContain("frame-src");
  expect(head.endsWith(`<iframe sandbox="${SANDBOX}"`)).toBe(true);
  expect(inner.indexOf('"')).toBe(inner.length - '"></iframe>'.length);
  const parsed = new DOMParser().parseFromString(doc, "text/html");
  expect(parsed.querySelector("iframe")?.getAttribute("srcdoc")).toBe(
    framed('<p title="a&b">hi</p>"><script>1</script>', "t", false),
  );
  expect(parsed.querySelectorAll("p, script")).toHaveLength(0);
});

test("heights are believed only of the frame's own token, and within bounds", () => {
  expect(heightOf({ nbtrackFrame: "t", height: 100.2 }, "t")).toBe(101);
  expect(heightOf({ nbtrackFrame: "t", height: 1e9 }, "t")).toBe(MAX_HEIGHT);
  expect(heightOf({ nbtrackFrame: "t", height: -5 }, "t")).toBe(MIN_HEIGHT);
  expect(heightOf({ nbtrackFrame: "other", height: 100 }, "t")).toBeNull();
  expect(heightOf({ nbtrackFrame: "t", height: Number.NaN }, "t")).toBeNull();
  expect(heightOf("t", "t")).toBeNull();
});

test("only a document that may be dark is dark on a dark theme, and the page around it with it", () => {
  const may = '<meta name="color-scheme" content="light dark"><p>hi';
  expect(adapts(may)).toBe(true);
  expect(framed(may, "t", true)).toContain(":root{color-scheme:dark}");
  expect(framed(may, "t", false)).toContain(":root{color-scheme:light}");
  expect(walled(may, "t", true).match(/color-scheme:dark/g)).toHaveLength(2);
  for (const other of [
    "<p style='color:#222'>hi",
    `${may}<style>@media (prefers-color-scheme: dark) {}</style>`,
  ]) {
    expect(adapts(other)).toBe(false);
    expect(walled(other, "t", true)).not.toContain("color-scheme:dark");
  }
});
