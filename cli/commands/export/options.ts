import { resolve } from 'node:path';
import type { CodecSpec } from '../../../src/codecs/contract/meta';
import { EXPORT_FORMATS, type ExportFormat } from '../../../src/lab/artefacts/exportFormats';
import type { ComputeChoice } from '../../../src/lab/compute';
import { FILE_TYPE_NAMES, fileType, type GgufFileType } from '../../../src/models/gguf/fileTypes';
import {
  COMPRESSION_OPTIONS,
  compressionOf,
  oneCodec,
  type CompressionRequest,
} from '../../shared/compression';
import {
  ADAPTER,
  CODING_COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const FORMATS = EXPORT_FORMATS.map(({ id }) => id);
const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'embedded model, a folder in Hugging Face hub layout, or a GGUF file' },
  codec: { value: 'SPEC', help: 'codec that compresses the model, e.g. "gptq(bits=4,group=128)"' },
  artefact: { value: 'FILE', help: 'instead of --model and --codec: an artefact of `npm run compress`' },
  format: { value: FORMATS.join('|'), help: 'format to write' },
  out: {
    value: 'PATH',
    help: 'the file to write, or the folder for gptq, awq, mlx, compressed-tensors, bitsandbytes and safetensors',
  },
  reencode: {
    value: 'SPEC',
    help: 'codec that rounds the decoded weights again, for a format that does not have the codes of the first',
  },
  type: {
    value: 'TYPE',
    help: `GGUF: type of the matrices: ${FILE_TYPE_NAMES.join(', ')} (default: F32; STORED: the blocks of the artefact)`,
  },
  imatrix: {
    value: 'FILE',
    help: 'GGUF: importance matrix of llama-imatrix by which the K, Q4_1, Q5 and IQ4 types weigh errors',
  },
  ...COMPRESSION_OPTIONS,
  adapter: ADAPTER,
  compute: CODING_COMPUTE,
};

export const EXPORT_HELP = `Usage: npm run export -- --model NAME [--codec SPEC] --format FORMAT --out PATH [options]
       npm run export -- --artefact FILE --format FORMAT --out PATH [options]

Writes a model, or the codes of an artefact, in a format that other tools run:
${EXPORT_FORMATS.map(({ id, label, kind, use }) => `  ${id.padEnd(18)}  ${label}, a ${kind}: ${use}`).join('\n')}

The weights that the other tool restores are those that the artefact decodes to, bit for bit (int8 of bitsandbytes: to the rounding of
float32); what a format cannot hold is refused with the name of the tensor. GGUF rounds the weights to its own types (docs/formats.md, docs/gguf.md).

${optionsHelp(OPTIONS)}`;

/** What is exported: a model as it is, a model compressed now, or an artefact. */
export type ExportSource =
  { model: string } | { model: string; compression: CompressionRequest } | { artefact: string };

export interface ExportRequest {
  source: ExportSource;
  format: ExportFormat;
  out: string;
  reencode?: CodecSpec;
  type: GgufFileType;
  /** Path of an importance matrix. */
  imatrix?: string;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run export`. @throws LabError bad-plan for every invalid option */
export function parseExport(args: readonly string[]): ExportRequest {
  const given = readArguments(args, OPTIONS);
  const id = given.required('format');
  const format = EXPORT_FORMATS.find((each) => each.id === id);
  if (!format)
    throw usage(`There is no format "${id.slice(0, 60)}".`, `Write one of: ${FORMATS.join(', ')}.`);
  for (const option of ['type', 'imatrix'])
    if (id !== 'gguf' && given.value(option) !== undefined)
      throw usage(`--${option} is for GGUF, and the format is ${format.label}.`, `Leave out --${option}.`);
  const source = sourceOf(given);
  if (format.holds && format.kind === 'folder' && !('artefact' in source) && !('compression' in source))
    throw usage(
      `${format.label} stores the codes of a compressed model, and no codec is given.`,
      'Add --codec, such as --codec "gptq(bits=4,group=128)", or give an artefact with --artefact.',
    );
  return {
    source,
    format,
    out: resolve(given.required('out')),
    ...reencodeOf(given, source),
    type: fileType(given.value('type') ?? 'F32'),
    imatrix: given.path('imatrix'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

function reencodeOf(given: Arguments, source: ExportSource): Pick<ExportRequest, 'reencode'> {
  const value = given.value('reencode');
  if (value === undefined) return {};
  if ('artefact' in source || 'compression' in source) return { reencode: oneCodec(value, '--reencode') };
  throw usage(
    '--reencode is given without an artefact or a codec whose weights it could round again.',
    'Write --codec instead of --reencode.',
  );
}

function sourceOf(given: Arguments): ExportSource {
  const artefact = given.path('artefact');
  const compressing = ['codec', ...Object.keys(COMPRESSION_OPTIONS)].filter((name) => given.values.has(name));
  if (artefact !== undefined) {
    const other = given.values.has('model') ? 'model' : compressing[0];
    if (other === undefined) return { artefact };
    throw usage(
      `--${other} and --artefact are both given.`,
      'Give one of them: an artefact holds its own model and how it was compressed.',
    );
  }
  const source = CLI_PLAN_NAMES.model(given.required('model'));
  if (given.values.has('codec')) return { model: source.id, compression: compressionOf(given, source) };
  if (compressing.length === 0) return { model: source.id };
  throw usage(`--${compressing[0]} is given without a codec.`, 'Add --codec, or leave out the option.');
}
