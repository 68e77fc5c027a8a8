import { formatCodec } from '../../../src/codecs/contract/spec';
import { compressModel } from '../../../src/lab/artefacts/compress';
import { FileSink } from '../../../src/platform/node/artefactFile';
import { nodeCodingLab } from '../../../src/platform/node/lab';
import { TerminalProgress } from '../../../src/platform/node/terminalProgress';
import { runCommand } from '../../shared/command';
import { COMPRESS_HELP, parseCompress, type CompressRequest } from './options';
import { compressText } from './report';

/** Runs `npm run compress`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: COMPRESS_HELP, parse: parseCompress, execute: compress }, args);
}

async function compress(request: CompressRequest, signal: AbortSignal): Promise<number> {
  const { out, seed, calibration, context, memory } = request;
  const lab = await nodeCodingLab(request.adapter, request.compute);
  const bar = new TerminalProgress(process.stderr);
  bar.start(formatCodec(request.recipe.spec));
  const started = performance.now();
  const onProgress = (fraction: number, tensor: string) => {
    const elapsedMs = performance.now() - started;
    bar.update({ fraction, step: tensor, elapsedMs, remainingMs: elapsedMs / fraction - elapsedMs });
  };
  try {
    const source = await lab.openModel(request.model, signal);
    const base = request.base === undefined ? undefined : await lab.openModel(request.base, signal);
    const recipe = { ...request.recipe, base };
    const options = { seed, calibration, context, memory, signal, onProgress };
    const { size, file } = await compressModel(lab, source, recipe, options, new FileSink(out));
    bar.clear();
    process.stdout.write(compressText(out, size, file));
    return 0;
  } finally {
    bar.clear();
    lab.gpu?.destroy();
  }
}
