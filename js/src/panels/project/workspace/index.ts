export { default as css } from "./style.css?inline";
export { Workspace, type WorkspaceProps } from "./view";
