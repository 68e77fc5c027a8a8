import {
  runThermodynamic,
  THERMODYNAMIC_SIZES,
  type PhaseResult,
} from '../../../../src/lab/studies/thermodynamic/benchmark';
import { readLocal } from '../../../../src/platform/node/localFile';
import { runCommand } from '../../../shared/command';
import { writeBenchmark } from '../report';
import { parseThermodynamic, THERMODYNAMIC_HELP, type ThermodynamicRequest } from './options';
import { earlierResults, SCHEMA, thermodynamicText } from './report';

/** Runs `npm run bench -- thermodynamic`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: THERMODYNAMIC_HELP, parse: parseThermodynamic, execute: bench }, args);
}

async function bench({ seconds, out, compare }: ThermodynamicRequest, signal: AbortSignal): Promise<number> {
  const earlier = compare ? earlierResults(compare, await readLocal(compare)) : undefined;
  const results: PhaseResult[] = [];
  for await (const result of runThermodynamic({ sizes: THERMODYNAMIC_SIZES, seconds }, signal)) {
    process.stderr.write(`${result.phase}, ${result.weights} weights\n`);
    results.push(result);
  }
  process.stdout.write(thermodynamicText(results, earlier));
  if (out) await writeBenchmark(out, { schema: SCHEMA, runtime: `Node ${process.versions.node}`, results });
  return 0;
}
