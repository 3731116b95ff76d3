import { Bar } from "../viewers/image/bar";
import { Lightbox } from "../viewers/image/lightbox";

export { default as css } from "../viewers/image/lightbox.css?inline";

export const parts = { lightbox: Lightbox, bar: Bar };
