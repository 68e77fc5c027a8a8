import { writeGgufImatrix } from '../../../../src/formats/imatrix/ggufForm';
import { writeImatrix } from '../../../../src/formats/imatrix/imatrix';
import { makeImatrix } from '../../../../src/lab/calibration/imatrix';
import { nodeCodingLab } from '../../../../src/platform/node/lab';
import { TerminalProgress } from '../../../../src/platform/node/terminalProgress';
import { writeWhole } from '../../../../src/platform/node/writeFile';
import { grouped } from '../../../../src/base/format';
import { runCommand } from '../../../shared/command';
import { IMATRIX_HELP, parseImatrix, type ImatrixRequest } from './options';

/** Runs `npm run gguf -- imatrix`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: IMATRIX_HELP, parse: parseImatrix, execute: makeFile }, args);
}

async function makeFile(request: ImatrixRequest, signal: AbortSignal): Promise<number> {
  const { out, form, model: id, adapter, compute, ...options } = request;
  const lab = await nodeCodingLab(adapter, compute);
  const bar = new TerminalProgress(process.stderr);
  bar.start(`importance matrix of ${id}`);
  const started = performance.now();
  const onProgress = (fraction: number, step: string) => {
    const elapsedMs = performance.now() - started;
    bar.update({ fraction, step, elapsedMs, remainingMs: elapsedMs / fraction - elapsedMs });
  };
  try {
    const model = await lab.openModel(id, signal);
    const imatrix = await makeImatrix(lab, model, { ...options, signal, onProgress });
    const bytes = form === 'gguf' ? writeGgufImatrix(imatrix) : writeImatrix(imatrix);
    bar.clear();
    await writeWhole(out, bytes);
    const tokens = options.calibration.windows * options.context;
    process.stdout.write(
      `${out}\n${imatrix.entries.size} matrices, ${grouped(tokens)} tokens of ${imatrix.dataset}, ` +
        `${grouped(bytes.length)} bytes (${form})\n`,
    );
    return 0;
  } finally {
    bar.clear();
    lab.gpu?.destroy();
  }
}
