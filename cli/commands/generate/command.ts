import { basename } from 'node:path';
import { LabError } from '../../../src/base/errors';
import { generateSamples, type SampledText } from '../../../src/lab/generate/samples';
import { withTexts } from '../../../src/lab/generate/recordTexts';
import type { LabRecord } from '../../../src/lab/results/record';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { TerminalProgress } from '../../../src/platform/node/terminalProgress';
import { runCommand } from '../../shared/command';
import { openMeasuringLab } from '../../shared/measuringLab';
import { GENERATE_HELP, parseGenerate, type GenerateRequest } from './options';
import { textsReport } from './report';

/** Runs `npm run generate`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: GENERATE_HELP, parse: parseGenerate, execute: generate }, args);
}

async function generate(request: GenerateRequest, signal: AbortSignal): Promise<number> {
  const folder = request.out === undefined ? undefined : await OutputFolder.openExisting(request.out);
  const records = folder ? recordsOf(folder, request) : new Map<string, LabRecord>();
  const lab = await openMeasuringLab(request);
  const bar = new TerminalProgress(process.stderr);
  const started = performance.now();
  const texts: SampledText[] = [];
  bar.start(basename(request.model));
  try {
    const onText = (text: SampledText, done: number, total: number) => {
      texts.push(text);
      bar.update({ fraction: done / total, step: text.codec, elapsedMs: performance.now() - started });
    };
    await generateSamples(lab, request, onText, signal);
  } finally {
    bar.clear();
    lab.gpu?.destroy();
    process.stdout.write(textsReport(texts));
    for (const [codec, record] of records) await folder!.save(withTexts(record, request, texts, codec));
  }
  return 0;
}

/** Finds the record of the baseline and of each codec. @throws LabError bad-input naming what the folder lacks */
function recordsOf(folder: OutputFolder, { model, codecs }: GenerateRequest): Map<string, LabRecord> {
  return new Map(
    ['baseline', ...codecs].map((codec) => {
      const found = folder.records.find(
        (record) => record.codec.spec === codec && [model, basename(model)].includes(record.model.id),
      );
      if (found) return [codec, found];
      throw new LabError(
        'bad-input',
        `${folder.path} has no record of ${codec} of ${model}.`,
        'Measure it first with `npm run sweep -- --out`, or leave out --out.',
      );
    }),
  );
}
