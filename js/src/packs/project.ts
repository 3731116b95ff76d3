import { css as filter } from "../panels/project/filter";
import page from "../panels/project/style.css?inline";
import { css as table } from "../panels/project/table";
import { ProjectPage } from "../panels/project/view";
import { css as workspace } from "../panels/project/workspace";

export const css = [page, filter, table, workspace].join("\n");

export const parts = { page: ProjectPage };
