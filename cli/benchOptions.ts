import { parseArgs } from 'node:util';
import { LabError } from '../src/base/errors';
import { BENCH_KINDS, type BenchKind } from '../src/bench/benchmark';

export interface BenchArguments {
  kinds: readonly BenchKind[];
  models: readonly string[];
  adapter: string;
  peer: boolean;
  secondsPerCase?: number;
  out?: string;
  help: boolean;
}

const MAX_SECONDS = 3600;

export const BENCH_HELP = `Usage: npm run bench -- [${BENCH_KINDS.join('|')}|all] [options]

Verifies our kernels against float64, then times them side by side with ONNX Runtime on the same adapter.

  --model NAME       embedded model or folder in hub layout, for forward (repeatable; default: the embedded models)
  --adapter NAME     auto, software, or a part of an adapter's name (default: auto)
  --peer on|off      time ONNX Runtime's WebGPU provider too (default: on)
  --seconds N        longest sampling time of one case (default: 4)
  --out FILE.json    also write every sample as JSON
  --help             this text`;

/** @throws LabError bad-plan with the option, what is wrong with it and what it takes */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parse(args);
  return {
    kinds: kindsOf(positionals),
    models: values.model ?? [],
    adapter: values.adapter ?? 'auto',
    peer: switchOf(values.peer ?? 'on'),
    ...(values.seconds !== undefined && { secondsPerCase: secondsOf(values.seconds) }),
    ...(values.out !== undefined && { out: values.out }),
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        model: { type: 'string', multiple: true },
        adapter: { type: 'string' },
        peer: { type: 'string' },
        seconds: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw bad(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

function kindsOf(positionals: readonly string[]): BenchKind[] {
  const [what = 'all', ...more] = positionals;
  if (more.length > 0) throw bad(`One benchmark at a time: "${more[0]}" is one too many.`);
  const kinds = BENCH_KINDS.filter((kind) => what === 'all' || what === kind);
  if (kinds.length > 0) return kinds;
  throw bad(`There is no benchmark "${what}"; choose ${BENCH_KINDS.join(', ')} or all.`);
}

function switchOf(value: string): boolean {
  if (value === 'on' || value === 'off') return value === 'on';
  throw bad(`--peer ${value} is neither on nor off.`);
}

function secondsOf(value: string): number {
  const seconds = Number(value);
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw bad(`--seconds ${value} is not a number over 0, up to ${MAX_SECONDS}.`);
}

function bad(message: string): LabError {
  return new LabError('bad-plan', message, '`npm run bench -- --help` lists the options.');
}
