export { FilterBar } from "./bar";
export { SearchBox } from "./search";
export { default as css } from "./style.css?inline";
