import { codecMetas } from '../../codecs/registry';

/** Shapes that plotly and the page's own SVG legend both know. */
export const SHAPES = [
  'circle',
  'square',
  'diamond',
  'triangle-up',
  'cross',
  'star',
  'triangle-down',
  'hexagon',
  'pentagon',
  'x',
] as const;
export type Shape = (typeof SHAPES)[number];

/** CSS variables of the families; one that is not listed takes a free hue by its name. */
const FAMILY_VARIABLES: Readonly<Record<string, string>> = {
  float: '--family-float',
  'round-to-nearest': '--family-rtn',
  'non-uniform': '--family-nonuniform',
  outlier: '--family-outlier',
  ternary: '--family-ternary',
};
const SPARE_VARIABLES = ['--family-spare-1', '--family-spare-2', '--family-spare-3', '--family-spare-4'];

/** Colour follows the family, shape the codec, so that neither carries the meaning alone. */
export interface CodecStyle {
  /** Name of a CSS custom property. */
  variable: string;
  shape: Shape;
}

export function codecStyle(id: string): CodecStyle {
  const family = familyOf(id);
  const variable = FAMILY_VARIABLES[family] ?? SPARE_VARIABLES[hash(family) % SPARE_VARIABLES.length];
  return { variable, shape: SHAPES[shapeIndex(id) % SHAPES.length] };
}

/** Codecs of the default plan keep the plainest shapes; any other codec follows in alphabetical order. */
const FIRST = ['rtn', 'float16', 'nf4', 'ternary', 'int8-outlier-columns'];

function shapeIndex(id: string): number {
  const others = [...codecMetas.keys()].filter((known) => !FIRST.includes(known)).sort();
  const index = [...FIRST, ...others].indexOf(id);
  return index < 0 ? hash(id) : index;
}

export function familyOf(id: string): string {
  return codecMetas.get(id)?.family ?? 'other';
}

function hash(text: string): number {
  let h = 0;
  for (const char of text) h = (h * 31 + char.codePointAt(0)!) >>> 0;
  return h;
}
