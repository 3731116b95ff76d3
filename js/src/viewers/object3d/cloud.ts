// A cloud on the GPU: each part is a buffer as it came, and one shader that places and colors the points.

import {
  CATEGORY_COLORS,
  type CloudMeta,
  categoriesIn,
  type Hit,
  type Part,
  pick,
  placeOf,
  RAMP,
  type Range,
  rowOf,
  scalar,
  type Triple,
  unit,
} from "./logic";
import type { Group, Points, RawShaderMaterial, Three } from "./three";

/** How points look. */
export interface Look {
  /** A coloring of `colorings`. */
  by: string;
  range: Range;
  /** CSS pixels. */
  size: number;
  /** Bits of the categories that are not shown. */
  hidden: number;
}

/** A point that was pointed at. */
export interface Picked {
  /** Its row in the logged array. */
  row: number;
  place: Triple;
  category: number | null;
  rgb: Triple | null;
  values: { name: string; value: number; scale: number }[];
}

const VERTEX = `precision highp float;
in vec3 position; in float category; in vec4 rgba; in float number;
uniform mat4 modelViewMatrix, projectionMatrix;
uniform vec3 scale, ramp[${RAMP.length}], palette[${CATEGORY_COLORS.length + 1}];
uniform vec2 range;
uniform int mode, axis, hidden;
uniform float size;
out vec3 ink;
void main() {
  gl_PointSize = size;
  if (category > 60000.0 || (category < 31.0 && ((hidden >> int(category)) & 1) == 1)) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position * scale, 1.0);
  if (mode == 0) ink = rgba.rgb;
  else if (mode == 1) ink = palette[int(clamp(category, 0.0, ${CATEGORY_COLORS.length}.0))];
  else {
    float raw = axis < 0 ? number : position[axis];
    float t = clamp((raw - range.x) / max(range.y - range.x, 1e-6), 0.0, 1.0) * ${RAMP.length - 1}.0;
    int low = min(int(t), ${RAMP.length - 2});
    ink = mix(ramp[low], ramp[low + 1], t - float(low));
  }
}`;
const FRAGMENT = `precision highp float;
in vec3 ink; out vec4 color;
uniform float size;
void main() {
  if (size > 3.5) { vec2 off = gl_PointCoord - 0.5; if (dot(off, off) > 0.25) discard; }
  color = vec4(ink, 1.0);
}`;

/** Points of one cloud: a group that parts are added to as they come. */
export class Cloud {
  readonly meta: CloudMeta;
  readonly group: Group;
  readonly parts: Part[] = [];
  /** Bits of the categories that were seen. */
  categories = 0;
  readonly #three: Three;
  readonly #material: RawShaderMaterial;
  /** The column that is bound to the shader's `number`. */
  #column = "";
  /** Of a wide cloud: the farthest offsets so far. */
  readonly #most: [number, number, number] = [0, 0, 0];

  constructor(three: Three, meta: CloudMeta) {
    this.#three = three;
    this.meta = meta;
    this.group = new three.Group();
    const color = (text: string) => new three.Color(...unit(text));
    this.#material = new three.RawShaderMaterial({
      glslVersion: "300 es",
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: {
        scale: { value: new three.Vector3(...meta.scale) },
        ramp: { value: RAMP.map(color) },
        palette: { value: [color("#8a8f98"), ...CATEGORY_COLORS.map(color)] },
        range: { value: [0, 1] },
        mode: { value: 2 },
        axis: { value: 2 },
        hidden: { value: 0 },
        size: { value: 2 },
      },
    });
  }

  add(part: Part): void {
    const { BufferAttribute, BufferGeometry, InterleavedBuffer, InterleavedBufferAttribute, Points } =
      this.#three;
    const places = new InterleavedBuffer(part.place, 4);
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new InterleavedBufferAttribute(places, 3, 0));
    geometry.setAttribute("category", new InterleavedBufferAttribute(places, 1, 3));
    if (part.rgba) geometry.setAttribute("rgba", new BufferAttribute(part.rgba, 4, true));
    this.parts.push(part);
    if (this.meta.category) this.categories |= categoriesIn(part);
    if (this.meta.wide)
      for (const i of [0, 1, 2] as const)
        for (let at = i as number; at < 4 * part.n; at += 4)
          this.#most[i] = Math.max(this.#most[i], part.place[at] as number);
    const points = new Points(geometry, this.#material);
    points.frustumCulled = false;
    this.group.add(points);
    this.#bind(points, part);
  }

  /** Apply a look; `ratio` is device pixels per CSS pixel. */
  look(look: Look, ratio: number): void {
    const { uniforms } = this.#material;
    const set = (name: string, value: unknown): void => {
      (uniforms[name] as { value: unknown }).value = value;
    };
    const found = scalar(this.meta, look.by);
    const mode =
      look.by === "rgb" && this.meta.rgb ? 0 : look.by === "category" && this.meta.category ? 1 : 2;
    const axis = "xyz".indexOf(look.by);
    set("mode", mode);
    set("axis", found && axis < 0 ? -1 : Math.max(axis, axis < 0 ? 2 : 0));
    // Relative to what the shader reads: raw numbers.
    const numbers = found ?? scalar(this.meta, "z");
    if (numbers)
      set(
        "range",
        look.range.map((end) => (end - numbers.lo) / (numbers.scale || 1)),
      );
    set("size", Math.max(1, look.size * ratio));
    set("hidden", look.hidden);
    const column = look.by.startsWith("=") && found ? look.by : "";
    if (column === this.#column) return;
    this.#column = column;
    for (const [i, points] of (this.group.children as Points[]).entries())
      this.#bind(points, this.parts[i] as Part);
  }

  #bind(points: Points, part: Part): void {
    const { BufferAttribute } = this.#three;
    const found = this.#column ? scalar(this.meta, this.#column) : null;
    if (!found) return;
    points.geometry.dispose(); // else the column that was bound before would stay on the GPU
    points.geometry.setAttribute("number", new BufferAttribute(found.of(part) as Uint16Array, 1));
  }

  /** Half the diagonal of everything, measured from `origin`. */
  reach(origin: Triple): number {
    const far = (i: 0 | 1 | 2): number => {
      const lo = this.meta.lo[i] - origin[i];
      return Math.max(Math.abs(lo), Math.abs(lo + this.#span(i)));
    };
    return Math.hypot(far(0), far(1), far(2));
  }

  /** How far the points go beyond `lo`. */
  #span(i: 0 | 1 | 2): number {
    return this.meta.wide ? this.#most[i] : 65_535 * this.meta.scale[i];
  }

  /**
   * The nearest point around a place of the screen (clip space, -1 to 1); `matrix` takes places of the group to clip
   * space. Looks at some parts at a time, so that the page goes on.
   */
  async pick(
    matrix: { clone(): { scale(v: unknown): { elements: number[] } } },
    at: readonly [number, number],
    radius: readonly [number, number],
    hidden: number,
    signal: AbortSignal,
  ): Promise<Picked | null> {
    const raw = matrix.clone().scale(new this.#three.Vector3(...this.meta.scale)).elements;
    let best: Hit | null = null;
    let where = 0;
    let before = 0;
    let place = 0;
    for (const [i, part] of this.parts.entries()) {
      const hit = pick(part, raw, at[0], at[1], radius[0], radius[1], hidden);
      if (hit && (!best || hit.depth < best.depth)) {
        best = hit;
        where = i;
        place = before + hit.index;
      }
      before += part.n;
      if (i % 4 === 3) await new Promise((go) => setTimeout(go));
      if (signal.aborted) return null;
    }
    return best && this.#picked(this.parts[where] as Part, best.index, place);
  }

  #picked(part: Part, i: number, place: number): Picked {
    const { meta } = this;
    return {
      row: rowOf(place, meta.points),
      place: placeOf(meta, part, i),
      category: meta.category ? (part.place[4 * i + 3] as number) : null,
      rgb: part.rgba && (Array.from(part.rgba.subarray(4 * i, 4 * i + 3)) as unknown as Triple),
      values: meta.values.map(({ name, lo, scale }, column) => ({
        name,
        value: lo + (part.values[column]?.[i] ?? 0) * scale,
        scale,
      })),
    };
  }

  dispose(): void {
    for (const points of this.group.children as Points[]) points.geometry.dispose();
    this.#material.dispose();
  }
}
