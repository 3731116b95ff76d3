// What a viewer pack shares with the core that loads it. vite.config.ts turns its imports of these modules into calls
// of the `require` that packs.ts hands it.

import {
  batch,
  computed,
  effect,
  signal,
  untracked,
  useComputed,
  useSignal,
  useSignalEffect,
} from "@preact/signals";
import { createElement, Fragment, render } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { jsx, jsxs } from "preact/jsx-runtime";
import * as compareLogic from "../panels/compare/logic";
import * as runLogic from "../panels/run/logic";
import * as grouping from "../viewers/curves/grouping";
import * as options from "../viewers/curves/options";
import * as tools from "../viewers/curves/tools";
import * as pictures from "../viewers/image/pictures";
import * as lazy from "../viewers/lazy";
import * as rows from "../viewers/rows";
import * as label from "../viewers/run-label";
import * as size from "../viewers/size";
import * as viewerTheme from "../viewers/theme";
import * as cursor from "./cursor";
import * as format from "./format";
import * as message from "./message";
import * as palette from "./palette";
import * as panel from "./panel";
import * as readAhead from "./read-ahead";
import * as registry from "./registry";
import * as runModel from "./run-model";
import * as theme from "./theme";

export const kit: Record<string, unknown> = {
  "@preact/signals": { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect },
  preact: { createElement, Fragment, render },
  "preact/hooks": { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState },
  "preact/jsx-runtime": { Fragment, jsx, jsxs },
  "core/cursor": cursor,
  "core/format": format,
  "core/message": message,
  "core/palette": palette,
  "core/panel": panel,
  "core/read-ahead": readAhead,
  "core/registry": registry,
  "core/run-model": runModel,
  "core/theme": theme,
  "panels/compare/logic": compareLogic,
  "panels/run/logic": runLogic,
  "viewers/curves/grouping": grouping,
  "viewers/curves/options": options,
  "viewers/curves/tools": tools,
  "viewers/lazy": lazy,
  "viewers/rows": rows,
  "viewers/image/pictures": pictures,
  "viewers/run-label": label,
  "viewers/size": size,
  "viewers/theme": viewerTheme,
};
