import { formatCodec } from '../../../src/codecs/contract/spec';
import { compressModel } from '../../../src/lab/artefacts/compress';
import { FileSink } from '../../../src/platform/node/artefactFile';
import { nodeCodingLab } from '../../../src/platform/node/lab';
import { runCommand } from '../../shared/command';
import { followWork } from '../../shared/followWork';
import { COMPRESS_HELP, parseCompress, type CompressRequest } from './options';
import { compressText } from './report';

/** Runs `npm run compress`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: COMPRESS_HELP, parse: parseCompress, execute: compress }, args);
}

async function compress(request: CompressRequest, signal: AbortSignal): Promise<number> {
  const { out, seed, calibration, context, memory } = request;
  const lab = await nodeCodingLab(request.adapter, request.compute);
  try {
    const source = await lab.openModel(request.model, signal);
    const base = request.base === undefined ? undefined : await lab.openModel(request.base, signal);
    const recipe = { ...request.recipe, base };
    const compressed = await followWork(formatCodec(recipe.spec), (onProgress) => {
      const options = { seed, calibration, context, memory, signal, onProgress };
      return compressModel(lab, source, recipe, options, new FileSink(out));
    });
    process.stdout.write(compressText(out, compressed));
    return 0;
  } finally {
    lab.gpu?.destroy();
  }
}
