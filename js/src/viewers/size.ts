// The size that an element has on the page, kept up to date.

import { useLayoutEffect, useState } from "preact/hooks";

export interface Box {
  width: number;
  height: number;
}

/** Zero until it is measured. While the element is hidden it keeps the size that it had. */
export function useSize(element: { readonly current: Element | null }): Box {
  const [box, setBox] = useState<Box>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = target;
      if (width > 0)
        setBox((held) => (held.width === width && held.height === height ? held : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return box;
}
