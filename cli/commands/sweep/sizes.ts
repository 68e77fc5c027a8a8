import { predictSize } from '../../../src/artefact/layout';
import { fixed, grouped, significant } from '../../../src/base/format';
import { DASH, markdownTable, type TableColumn } from '../../../src/base/markdown';
import type { CodecSpec } from '../../../src/codecs/contract/meta';
import { codecMeta, resolveCodec } from '../../../src/codecs/contract/registry';
import { formatCodec } from '../../../src/codecs/contract/spec';
import type { Plan } from '../../../src/lab/plan/plan';
import type { Model } from '../../../src/models/model';
import { openModel } from '../../../src/platform/node/models';

type Size = Awaited<ReturnType<typeof predictSize>>;

interface Row {
  spec: CodecSpec;
  size?: Size;
  note: string;
}

const sized = (cell: (size: Size) => string) => (row: Row) => (row.size ? cell(row.size) : DASH);

const COLUMNS: readonly TableColumn<Row>[] = [
  ['Codec', ({ spec }) => `\`${formatCodec(spec)}\``, 'left'],
  ['Bytes', sized(({ totalBytes, assetBytes }) => grouped(totalBytes - assetBytes))],
  ['÷ float32', sized(({ ratioFloat32 }) => `${significant(ratioFloat32)}×`)],
  ['÷ float16', sized(({ ratioFloat16 }) => `${significant(ratioFloat16)}×`)],
  ['Bits/weight', sized(({ bitsPerWeight }) => fixed(bitsPerWeight, 2))],
  ['Bits/coded weight', sized(({ bitsPerCodedWeight }) => fixed(bitsPerCodedWeight, 2))],
  ['Note', ({ note }) => note || DASH, 'left'],
];

/**
 * Writes the sizes of a plan's codecs as Markdown, from layouts alone: nothing is encoded, run or measured, so that it takes as long as
 * opening the model. They are the bytes of the files, except for entropy-coded parts, which count with the most bytes they can have.
 */
export async function predictedSizesText(plan: Plan, signal: AbortSignal): Promise<string> {
  const model = await openModel(plan.model, signal);
  const rows: Row[] = [];
  for (const spec of plan.codecs) rows.push(await sizeRow(spec, model, plan));
  return `### ${model.id} (sizes only; scope ${plan.scope}, rest ${plan.rest})\n\n${markdownTable(COLUMNS, rows)}`;
}

async function sizeRow(spec: CodecSpec, model: Model, { scope, rest }: Plan): Promise<Row> {
  if (codecMeta(spec.id).assigns)
    return { spec, note: 'the sizes follow from measurements; leave out --metrics size' };
  const size = await predictSize(model, { spec, scope, rest });
  const parts = (await resolveCodec(spec)).layout([64, 64], spec.options);
  return { spec, size, note: parts.some(({ variable }) => variable) ? 'at most; entropy-coded' : '' };
}
