// Logged HTML is hostile input. It runs in a frame without an origin (no cookies, no parent, no storage) and under a
// policy that lets nothing in or out of the machine; its own scripts and styles work. What a frame may load is said
// inside it, but where it may go only by the page around it: so that page is ours too, a frame around the frame.

/** Longest height in CSS pixels that a document may ask for; longer ones scroll. */
export const MAX_HEIGHT = 640;
export const MIN_HEIGHT = 24;

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; style-src 'unsafe-inline' data:; " +
  "img-src data: blob:; media-src data: blob:; font-src data:; worker-src blob: data:; connect-src data: blob:; form-action 'none'";

/** No windows of its own either: an address carries things away as well as a request does. */
export const SANDBOX = "allow-scripts";

/** What `nbtrack.Html` gives to markup without colors of its own: it may be dark. See nbtrack/media/html.py. */
const ADAPTS = '<meta name="color-scheme" content="light dark">';

/** Whether a document is dark on a dark theme: by our word, not by the computer's, which may be another. */
export function adapts(html: string): boolean {
  return html.includes(ADAPTS) && !html.includes("prefers-color-scheme");
}

/**
 * The document as it is framed: policy first, then a reporter of its own height, then what was logged. `dark`: on a
 * dark theme.
 */
export function framed(html: string, token: string, dark: boolean): string {
  const scheme = adapts(html) ? `<style>:root{color-scheme:${dark ? "dark" : "light"}}</style>` : "";
  const report =
    `<script>(()=>{const say=()=>parent.parent.postMessage({nbtrackFrame:${JSON.stringify(token)},` +
    // a document's scroll height is never less than its frame's: that of its content lets it shrink again
    "height:(e=>e.scrollHeight>innerHeight?e.scrollHeight:e.getBoundingClientRect().height)(document.documentElement)},'*');" +
    "addEventListener('load',say);new ResizeObserver(say).observe(document.documentElement)})()</script>";
  const doctype = /^\s*<!doctype[^>]*>/i.exec(html)?.[0] ?? "<!doctype html>";
  const rest = html.slice(/^\s*<!doctype[^>]*>/i.exec(html)?.[0].length ?? 0);
  return `${doctype}<meta http-equiv="Content-Security-Policy" content="${POLICY}">${scheme}${report}${rest}`;
}

/** The page around it: the frame in it can go nowhere. It is dark if the document is. */
export function walled(html: string, token: string, dark: boolean): string {
  const scheme = dark && adapts(html) ? "dark" : "light";
  const inner = framed(html, token, dark).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return (
    `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
    `<style>:root{color-scheme:${scheme}}body{margin:0}iframe{display:block;border:0;` +
    `width:100%;height:100vh}</style><iframe sandbox="${SANDBOX}" srcdoc="${inner}"></iframe>`
  );
}

/** The height to give a frame that says `height`; null when it is no message of this frame. */
export function heightOf(data: unknown, token: string): number | null {
  if (typeof data !== "object" || data === null) return null;
  const { nbtrackFrame, height } = data as { nbtrackFrame?: unknown; height?: unknown };
  if (nbtrackFrame !== token || typeof height !== "number" || !Number.isFinite(height)) return null;
  return Math.min(Math.max(Math.ceil(height), MIN_HEIGHT), MAX_HEIGHT);
}
