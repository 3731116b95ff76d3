import { HtmlView } from "../viewers/html/view";

export { default as css } from "../viewers/html/style.css?inline";

export const parts = { "html-file": HtmlView };
