import {
  runThermodynamic,
  THERMODYNAMIC_SIZES,
  type PhaseResult,
} from '../../../../src/lab/studies/thermodynamic/benchmark';
import { studySchedules } from '../../../../src/lab/studies/thermodynamic/model';
import { runParts } from '../../../../src/lab/studies/thermodynamic/parts';
import { writeWhole } from '../../../../src/platform/node/writeFile';
import { followImages } from '../../../shared/followImages';
import { modelText } from './modelReport';
import { partsText } from './partsReport';
import { readLocal } from '../../../../src/platform/node/localFile';
import { runCommand } from '../../../shared/command';
import { writeBenchmark } from '../report';
import { parseThermodynamic, THERMODYNAMIC_HELP, type ThermodynamicRequest } from './options';
import { earlierResults, SCHEMA, thermodynamicText } from './report';

/** Runs `npm run bench -- thermodynamic`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: THERMODYNAMIC_HELP, parse: parseThermodynamic, execute: bench }, args);
}

/** Separates what was measured on a model from the published benchmark. */
const PUBLISHED = '## The published benchmark\n';

async function bench(request: ThermodynamicRequest, signal: AbortSignal): Promise<number> {
  const { seconds, study, out, compare } = request;
  const earlier = compare ? earlierResults(compare, await readLocal(compare)) : undefined;
  const results: PhaseResult[] = [];
  for await (const result of runThermodynamic({ sizes: THERMODYNAMIC_SIZES, seconds }, signal)) {
    process.stderr.write(`${result.phase}, ${result.weights} weights\n`);
    results.push(result);
  }
  const model =
    study &&
    (await followImages(request, 'schedules', (lab, onImages) =>
      studySchedules(lab, study, onImages, signal),
    ));
  const parts = runParts();
  const texts = [thermodynamicText(results, earlier), partsText(parts)];
  const text = [...(model ? [modelText(model), PUBLISHED] : []), ...texts].join('\n');
  process.stdout.write(text);
  if (request.report) await writeWhole(request.report, `# Scales over time\n\n${text}`);
  if (out)
    await writeBenchmark(out, {
      schema: SCHEMA,
      runtime: `Node ${process.versions.node}`,
      results,
      parts,
      model,
    });
  return 0;
}
