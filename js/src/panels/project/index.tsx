// The page of a project is drawn by a pack of its own: few panels need it.

import { registerPanel } from "../../core/registry";
import { lazy } from "../../viewers/lazy";
import type { PageProps } from "./view";

const Page = lazy<PageProps>("project", "page", 480);

registerPanel("project", ({ session, cursor }) => <Page io={session} session={session} cursor={cursor} />);
