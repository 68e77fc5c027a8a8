import type { ModelShape } from '../../../../models/architecture';
import { architectureFor } from '../../../../models/registry';
import { fixed, grouped, significant } from '../../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import {
  dimensionsOf,
  longRowBits,
  publishedEstimate,
  SCHEMES,
  trueSize,
  type Scheme,
  type SchemeName,
} from '../../../estimate/size';
import { fileBytes, type LabRecord } from '../../../results/record';
import type { Results } from '../definition';
import { comparedCodec } from '../tables';
import { GPT2_CONFIG } from './gpt2';
import { OTHER_PRESETS, PUBLISHED_PRESETS } from './published';

interface Row {
  name: SchemeName;
  scheme: Scheme;
  shape: ModelShape;
  estimate: ReturnType<typeof publishedEstimate>;
  /** Size of the codec that stores this format, if it was measured. */
  size?: LabRecord['size'];
}

const COLUMNS: readonly TableColumn<Row>[] = [
  ['Format', ({ scheme }) => scheme.label, 'left'],
  ['Bytes, published estimate', ({ scheme, estimate }) => grouped(estimate[scheme.estimated])],
  ['Bits/weight by formula, long rows', ({ scheme }) => fixed(longRowBits(scheme), 3)],
  ['on these shapes', ({ scheme, shape }) => fixed(trueSize(shape, scheme).bitsPerCodedWeight, 3)],
  ['Bytes by formula, rest in float16', ({ scheme, shape }) => grouped(trueSize(shape, scheme).bytes)],
  [
    '÷ estimate',
    ({ scheme, shape, estimate }) => share(trueSize(shape, scheme).bytes / estimate[scheme.estimated]),
  ],
];

const MEASURED_COLUMNS: readonly TableColumn<Row>[] = [
  ...COLUMNS,
  ['Our bits/coded weight', ({ size }) => (size ? fixed(size.bitsPerCodedWeight, 3) : DASH)],
  ['Bytes of our file', ({ size }) => (size ? grouped(fileBytes({ size })) : DASH)],
  ['of these header', ({ size }) => (size ? grouped(size.parts.header) : DASH)],
];

/** Compares the published estimate with the true sizes, for the model that was run and for the published example. */
export function sizesText(model: string, results: Results): string {
  const shape = results.shapes.get(model);
  const ours = shape && dimensionsOf(shape) ? section(model, shape, MEASURED_COLUMNS, results) : '';
  return `${ours}${publishedSizesText()}`;
}

/** Compares the published estimate with the true sizes for the published example. */
export function publishedSizesText(): string {
  const gpt2 = architectureFor(GPT2_CONFIG).configure(GPT2_CONFIG);
  return section('gpt2, the published example', gpt2, COLUMNS);
}

function section(
  title: string,
  shape: ModelShape,
  columns: readonly TableColumn<Row>[],
  results?: Results,
): string {
  const estimate = publishedEstimate(dimensionsOf(shape)!);
  const names = Object.keys(SCHEMES) as SchemeName[];
  const rows = names.map((name) => ({
    name,
    scheme: SCHEMES[name],
    shape,
    estimate,
    size: results && sizeOf(name, title, results),
  }));
  return `### Size estimation: ${title}

The published estimate takes L·12h² + 2·V·h = ${grouped(estimate.parameters)} parameters; the model has
${grouped(shape.parameters)}. Of these it takes 2 bytes in float16, 1 in 8 bits and 0.55 in 4 bits: ${binary(estimate.float16)} and ${binary(estimate.int4)}, a
ratio of ${fixed(estimate.ratio, 3)} for every model and every group size, as if embedding and head were 4-bit too.

${markdownTable(columns, rows)}
`;
}

function sizeOf(name: SchemeName, model: string, results: Results): LabRecord['size'] | undefined {
  const codec = [...PUBLISHED_PRESETS, ...OTHER_PRESETS].find(({ scheme }) => scheme === name)?.codec;
  return codec === undefined ? undefined : comparedCodec(codec, model, results).record?.size;
}

function share(value: number): string {
  return significant(value);
}

/** Formats bytes as "0.302 GiB", or in MiB for small models. */
function binary(bytes: number): string {
  const [unit, name] = bytes < 2 ** 24 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  return `${significant(bytes / unit)} ${name}`;
}
