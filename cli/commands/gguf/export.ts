import { basename, extname } from 'node:path';
import { Artefact } from '../../../src/artefact/read';
import { restoredModel } from '../../../src/artefact/restored';
import { sha256Hex } from '../../../src/base/checksum';
import { Gpu } from '../../../src/gpu/gpu';
import { grouped, significant } from '../../../src/base/format';
import { exportGguf, type GgufExport } from '../../../src/models/gguf/export';
import { FILE_TYPES, fileType, type GgufFileType } from '../../../src/models/gguf/fileTypes';
import { openDawn } from '../../../src/platform/node/dawn';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { readLocal } from '../../../src/platform/node/localFile';
import { keptText, typesText } from './report';
import { openModel } from '../../../src/platform/node/models';
import {
  optionsHelp,
  readArguments,
  required,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';
import { userPath } from '../../../src/platform/node/paths';
import { CLI_WORLD } from '../../shared/world';

const TYPES = FILE_TYPES.map((type) => type.name);

const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'embedded model, a folder in Hugging Face hub layout, or a GGUF file' },
  from: {
    value: 'FILE',
    help: 'instead of a model: an artefact of `npm run compress`, decoded from its bytes',
  },
  type: { value: 'TYPE', help: `type of the matrices: ${TYPES.join(', ')} (default: F32)` },
  out: { value: 'FILE', help: 'the GGUF file to write' },
  adapter: {
    value: 'NAME',
    help: 'decodes an artefact: auto, software, or part of an adapter’s name (default: auto)',
  },
};

export const EXPORT_HELP = `Usage: npm run gguf -- export --model NAME --out FILE [options]

Writes a gpt2 or llama model as one GGUF file that llama.cpp loads, with tokenizer and metadata. Matrices whose rows are no
whole number of blocks stay F16 and are named; norms, biases and positions are F32.

${optionsHelp(OPTIONS)}`;

export interface ExportRequest {
  /** An embedded model, a folder or a GGUF file; or the path of an artefact. */
  source: { model: string } | { artefact: string };
  type: GgufFileType;
  out: string;
  adapter?: string;
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseExport(args: readonly string[]): ExportRequest {
  const given = readArguments(args, OPTIONS);
  return {
    source: sourceOf(given),
    type: fileType(given.values.get('type')?.[0] ?? 'F32'),
    out: userPath(required(given, 'out')),
    adapter: given.values.get('adapter')?.[0],
  };
}

function sourceOf(given: Arguments): ExportRequest['source'] {
  const from = given.values.get('from')?.[0];
  if (from === undefined) return { model: CLI_WORLD.model(required(given, 'model')).id };
  if (given.values.has('model'))
    throw usage('--model and --from are both given.', 'Keep one: an artefact holds its own model.');
  return { artefact: userPath(from) };
}

/** `npm run gguf -- export`. @returns the exit code */
export async function executeExport(request: ExportRequest, signal: AbortSignal): Promise<number> {
  const { source, type, out } = request;
  const written =
    'model' in source
      ? await exportModelFile(source.model, type, signal)
      : await exportArtefact(source.artefact, request, signal);
  await writeWhole(out, written.bytes);
  process.stdout.write(await exportText(request, written));
  return 0;
}

async function exportModelFile(id: string, type: GgufFileType, signal: AbortSignal): Promise<GgufExport> {
  const model = await openModel(id, signal);
  return exportGguf(model, { type, name: model.id, sourceSha256: model.sha256, signal });
}

/** The weights an artefact restores to, tensor by tensor from its stored bytes. */
async function exportArtefact(
  path: string,
  { type, adapter }: ExportRequest,
  signal: AbortSignal,
): Promise<GgufExport> {
  const bytes = await readLocal(path, signal);
  const artefact = await Artefact.open(bytes);
  const gpu = await Gpu.open(openDawn(adapter));
  try {
    const name = basename(path, extname(path));
    const model = restoredModel(gpu, artefact, signal);
    return await exportGguf(model, { type, name, sourceSha256: await sha256Hex(bytes), signal });
  } finally {
    gpu.destroy();
  }
}

async function exportText({ out, type }: ExportRequest, written: GgufExport): Promise<string> {
  const { bytes, counts, kept, relativeL2 } = written;
  return (
    `${out}\n` +
    `${grouped(bytes.byteLength)} bytes, ${type.name}; tensors: ${typesText(counts)}\n` +
    keptText(kept) +
    `relative error of the weights ${relativeL2 === 0 ? '0' : significant(relativeL2)}\n` +
    `sha256 ${await sha256Hex(bytes)}\n`
  );
}
