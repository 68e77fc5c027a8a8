import { codecMetas } from '../../codecs/contract/registry';

/** The shapes that both plotly and the page's legend can draw. */
const SHAPES = [
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

/** CSS variables of the colours of families; every other family takes the next spare colour. */
const FAMILY_VARIABLES: Readonly<Record<string, string>> = {
  float: '--family-float',
  'round-to-nearest': '--family-rtn',
  'non-uniform': '--family-nonuniform',
  outlier: '--family-outlier',
  ternary: '--family-ternary',
};
const SPARE_VARIABLES = Array.from({ length: 10 }, (_, i) => `--family-spare-${i + 1}`);

/** The families of codecs: those of the default plan first, then the others alphabetically. */
export const FAMILIES: readonly string[] = [
  ...new Set([
    ...['round-to-nearest', 'float', 'non-uniform', 'ternary', 'outlier'],
    ...[...codecMetas.values()].map(({ family }) => family).sort(),
  ]),
];
const SPARE_FAMILIES = FAMILIES.filter((family) => !(family in FAMILY_VARIABLES));

/** The style of a codec. Colour shows the family and shape the codec, so that colour alone never carries the meaning. */
export interface CodecStyle {
  /** Name of a CSS custom property. */
  variable: string;
  shape: Shape;
}

/** Returns the style of a codec by its id. */
export function codecStyle(id: string): CodecStyle {
  const family = familyOf(id);
  const spare = SPARE_FAMILIES.indexOf(family);
  const free = SPARE_VARIABLES[(spare < 0 ? hash(family) : spare) % SPARE_VARIABLES.length];
  return {
    variable: FAMILY_VARIABLES[family] ?? free,
    shape: SHAPES[shapeIndex(id, family) % SHAPES.length],
  };
}

/** The first codecs of their families, so that the default plan shows five colours in five shapes. */
const FIRST_CODECS = ['rtn', 'float16', 'nf4', 'ternary', 'int8-outlier-columns'];

/** Returns the index of a codec's shape. Families start at different shapes, and their codecs take consecutive ones. */
function shapeIndex(id: string, family: string): number {
  const members = [...codecMetas.values()].filter((meta) => meta.family === family).map((meta) => meta.id);
  const index = members.sort((a, b) => rankInFamily(a) - rankInFamily(b) || a.localeCompare(b)).indexOf(id);
  return index < 0 ? hash(id) : FAMILIES.indexOf(family) + index;
}

function rankInFamily(id: string): number {
  return FIRST_CODECS.includes(id) ? 0 : 1;
}

/** Returns the family of a codec; an unknown codec belongs to `other`. */
export function familyOf(id: string): string {
  return codecMetas.get(id)?.family ?? 'other';
}

function hash(text: string): number {
  let h = 0;
  for (const char of text) h = (h * 31 + char.codePointAt(0)!) >>> 0;
  return h;
}
