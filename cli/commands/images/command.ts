import { join } from 'node:path';
import { writePng } from '../../../src/formats/png';
import { measureImages, type MeasuredImages } from '../../../src/lab/images/run';
import { adapterName } from '../../../src/lab/lab';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { runCommand } from '../../shared/command';
import { followImages } from '../../shared/followImages';
import { IMAGES_HELP, parseImages, type ImagesCommand } from './options';
import { drawGrids, imagesReport } from './report';

/** Runs `npm run images`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: IMAGES_HELP, parse: parseImages, execute: images }, args);
}

async function images(request: ImagesCommand, signal: AbortSignal): Promise<number> {
  const { measured, compute } = await followImages(request, 'images', async (lab, onImages) => ({
    measured: await measureImages(lab, request, onImages, signal),
    compute: lab.cpu?.name ?? adapterName(lab.gpu),
  }));
  await writeFiles(request, measured, compute);
  process.stdout.write(imagesReport(measured));
  process.stderr.write(`Written to ${request.out}.\n`);
  return 0;
}

/** Writes the float model's grid, a grid of each codec beside it, and the measures. */
async function writeFiles(request: ImagesCommand, measured: MeasuredImages, compute: string): Promise<void> {
  const { columns, out } = request;
  const [float, ...codecs] = measured.forms;
  await writeWhole(join(out, 'float32.png'), await writePng(drawGrids(measured, [float], columns)));
  for (const form of codecs)
    await writeWhole(
      join(out, fileName(form.codec)),
      await writePng(drawGrids(measured, [float, form], columns)),
    );
  // JSON leaves out what is undefined.
  const forms = measured.forms.map((form) => ({ ...form, pixels: undefined, inputRounding: undefined }));
  const { realFrechet } = measured;
  const unnamed = { columns: undefined, out: undefined, adapter: undefined };
  const record = { ...request, ...unnamed, compute, forms, realFrechet };
  await writeWhole(join(out, 'images.json'), `${JSON.stringify(record, null, 2)}\n`);
}

/** The name of a codec's file, such as `rtn-bits-4.png`. */
function fileName(codec: string): string {
  return `${codec.replace(/[^\w.]+/g, '-').replace(/-+$/, '')}.png`;
}
