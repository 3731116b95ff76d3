// Notes that people write: Markdown, shown as what it says and nothing more. What a note may hold is not trusted: it may
// come from another person's store.

import DOMPurify from "dompurify";
import { marked } from "marked";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

/** No forms, frames or scripts; and pictures only from inside of the text, as nothing may be fetched. */
const ALLOWED = {
  USE_PROFILES: { html: true },
  FORBID_TAGS: [
    "style",
    "form",
    "input",
    "button",
    "select",
    "textarea",
    "iframe",
    "audio",
    "video",
    "source",
  ],
  FORBID_ATTR: ["style", "class", "id", "srcset", "background"],
};

let purifier: ReturnType<typeof DOMPurify> | undefined;

/** Null where it cannot be done: DOMPurify would then hand back what it got. */
function purify(html: string): string | null {
  if (!purifier) {
    purifier = DOMPurify(window);
    purifier.addHook("afterSanitizeAttributes", (node) => {
      if (node.tagName === "A") {
        node.setAttribute("target", "_blank");
        node.setAttribute("rel", "noopener noreferrer");
      }
      for (const name of ["src", "poster"])
        if (
          node.hasAttribute(name) &&
          !/^data:image\/(png|jpeg|gif|webp);/i.test(node.getAttribute(name) ?? "")
        )
          node.removeAttribute(name);
    });
  }
  return purifier.isSupported ? purifier.sanitize(html, ALLOWED) : null;
}

/** The HTML of a note, safe to put into the page; null where that cannot be promised. */
export function htmlOf(text: string): string | null {
  return purify(marked.parse(text, { async: false, gfm: true }));
}

export function Markdown(props: { text: string }): JSX.Element {
  const html = useMemo(() => htmlOf(props.text), [props.text]);
  if (html === null) return <div class="nb-markdown nb-plain">{props.text}</div>;
  return <div class="nb-markdown" dangerouslySetInnerHTML={{ __html: html }} />;
}
