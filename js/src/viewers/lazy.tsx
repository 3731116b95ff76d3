// A viewer that is not in the core: its pack is fetched when the first object of its kind is shown.

import { useSignal } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Io } from "../core/io";
import { messageOf } from "../core/message";
import { readyViewers, type ViewerPack } from "../core/packs";
import { EmptyState, ErrorLine } from "../core/panel";
import { registerViewer } from "../core/registry";

/**
 * Say that the part of this name in a pack shows a kind. `title` is said beside the key; `height` in pixels is kept free
 * until the pack is there.
 */
export function registerLazy(kind: string, title: string, pack: string, height = 0): void {
  registerViewer(kind, { title, component: lazy(pack, kind, height), wide: true, prefetchPx: null });
}

/** A component that stands for the `part` of a pack, and fetches it when it is first drawn. */
export function lazy<P extends { io: Io }>(name: string, part: string, height = 0): ComponentType<P> {
  return function LazyPart(props: P): JSX.Element {
    const { io } = props;
    const pack = useSignal<ViewerPack | null>(readyViewers(name));
    const error = useSignal<string | null>(null);
    const tries = useSignal(0);
    const place = useRef<HTMLDivElement>(null);

    useEffect(() => {
      if (pack.value) return undefined;
      const stop = new AbortController();
      io.viewers(name, stop.signal).then(
        (found) => {
          error.value = null;
          pack.value = found;
        },
        (reason: unknown) => {
          if (!stop.signal.aborted) error.value = messageOf(reason);
        },
      );
      return () => stop.abort();
    }, [tries.value]);

    // Before the first paint: a viewer without its style would jump.
    const Part = pack.value?.parts[part] as ComponentType<P> | undefined;
    const css = pack.value?.css;
    useLayoutEffect(() => {
      if (css && place.current) adopt(place.current.getRootNode(), name, css);
    }, [css]);
    return (
      <div ref={place} style={height > 0 && !Part ? { minHeight: `${height}px` } : undefined}>
        {Part ? (
          <Part {...props} />
        ) : error.value ? (
          <ErrorLine text={error.value} retry={() => tries.value++} />
        ) : (
          <EmptyState title="Loading the viewer…" />
        )}
      </div>
    );
  };
}

/** Give the page, or the shadow root that the panel lives in, the pack's style once. */
function adopt(root: Node, name: string, css: string): void {
  const place = root instanceof ShadowRoot ? root : document.head;
  if (place.querySelector(`style[data-nbtrack-pack="${name}"]`)) return;
  const style = document.createElement("style");
  style.dataset.nbtrackPack = name;
  style.textContent = css;
  place.append(style);
}
