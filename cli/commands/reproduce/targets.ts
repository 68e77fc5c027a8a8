/** A committed document, or folder of records, and the command that makes it. */
export interface Target {
  name: string;
  /**
   * The npm script and its arguments; `--out FOLDER` is added. `FIXTURES` at the beginning of an argument stands for the folder of that
   * environment variable, `FOLDER` for that of the target.
   */
  command: readonly string[];
  /** Commands that make what it reads. */
  before?: readonly (readonly string[])[];
  /** The committed tables (Markdown; after #, how the headings below ### begin), or records (JSON), that the result is compared with. */
  committed: string;
  /** The file of the output folder that is compared with them. */
  result: string;
  /** Roughly how many minutes it takes on two cores without a graphics card. */
  minutes: number;
  /** Whether `--quick` runs it. */
  isQuick?: true;
  /** What it reads that is not in the repository, below `BITCURVE_FIXTURES`. */
  needs?: string;
}

const SOFTWARE = ['--adapter', 'software'];

const namedPlan = (
  name: string,
  plan: string,
  minutes: number,
  options: readonly string[] = [],
  rest: Partial<Target> = {},
): Target => ({
  ...{ name, minutes, result: `${plan}.md`, committed: `docs/tables/${name}.md` },
  command: ['sweep', '--plan', plan, ...SOFTWARE, ...options],
  ...rest,
});

const training = (
  model: string,
  minutes: number,
  options: readonly string[],
  rest: Partial<Target> = {},
): Target => ({
  ...{ name: `train-${model}`, minutes, result: 'records.json' },
  committed: `docs/measurements/train-${model}/records.json`,
  command: ['train', '--model', model, ...options, ...SOFTWARE],
  ...rest,
});

const FILES_MODEL = 'gpt2-tinystories';
/** Types of the GGUF files that llama.cpp wrote, and of those that `export` writes with the same bytes. */
const LLAMA_CPP_FILES = [
  ...['IQ4_NL', 'IQ4_XS', 'Q2_K', 'Q3_K_M', 'Q4_0', 'Q4_1', 'Q4_K_M', 'Q4_K_M.imatrix.2025-02'],
  ...['Q6_K', 'TQ1_0', 'TQ2_0'],
];
const EXPORTED_FILES = [
  ...['Q3_K_S', 'Q3_K_L', 'Q4_K_S', 'Q5_K_S', 'Q5_K_M', 'Q5_0', 'Q5_1', 'Q8_0', 'BF16', 'F16'],
];
const exported = (type: string) => `FOLDER/${FILES_MODEL}.${type}.gguf`;
const FILE_PATHS = [
  ...LLAMA_CPP_FILES.map((type) => `FIXTURES/fixtures/quantised/gguf/${FILES_MODEL}.${type}.gguf`),
  ...EXPORTED_FILES.map(exported),
];

/**
 * What the README, docs/results.md, docs/tables and docs/measurements show of qualities and sizes, except for the tables that plans do
 * not make (advice, deltas, routing).
 */
export const TARGETS: readonly Target[] = [
  {
    ...{ name: 'results-stories260K', minutes: 2, isQuick: true },
    command: ['sweep', '--model', 'stories260K', ...SOFTWARE],
    committed: 'docs/results.md#stories260K',
    result: 'records.json',
  },
  {
    ...{ name: 'results', minutes: 6 },
    command: ['sweep', ...SOFTWARE],
    ...{ committed: 'docs/results.md#', result: 'records.json' },
  },
  training('tiny-classifier', 2, [], { isQuick: true }),
  namedPlan('comparison', 'comparison', 4, ['--compute', 'gpu']),
  namedPlan('tenpak', 'tenpak', 7),
  namedPlan('rft-ablation', 'rft-ablation', 11),
  namedPlan('gptq-bnb-stories260K', 'gptq-bnb', 5),
  namedPlan('gptq-bnb-vit-cifar10', 'gptq-bnb', 10, [
    ...['--model', 'vit-cifar10', '--calibration-windows', '4', '--draws', '1', '--verdict', 'off'],
  ]),
  namedPlan('all-codecs', 'all-codecs', 6),
  namedPlan('skills', 'skills', 4),
  namedPlan('tasks', 'tasks', 9),
  namedPlan('gguf-mixes-stories260K', 'gguf-mixes', 3, ['--model', 'stories260K']),
  namedPlan('gguf-mixes-gpt2-tinystories', 'gguf-mixes', 10),
  namedPlan(
    `files-${FILES_MODEL}`,
    'files',
    70,
    ['--model', FILES_MODEL, ...FILE_PATHS.flatMap((path) => ['--file', path])],
    {
      needs: 'fixtures/quantised/gguf',
      before: EXPORTED_FILES.map((type) => [
        ...['export', '--format', 'gguf', '--model', FILES_MODEL, '--type', type, '--out', exported(type)],
      ]),
    },
  ),
  namedPlan('frontier-stories260K', 'frontier', 20, ['--model', 'stories260K']),
  namedPlan('frontier-gpt2-tinystories', 'frontier', 90, ['--model', 'gpt2-tinystories', '--windows', '96']),
  namedPlan(
    'frontier-vit-cifar10',
    'frontier',
    90,
    ['--model', 'vit-cifar10', '--data', 'FIXTURES/data/cifar-10/test_batch.bin'],
    { needs: 'data/cifar-10/test_batch.bin' },
  ),
  namedPlan(
    'frontier-stories15M',
    'frontier',
    60,
    ['--model', 'FIXTURES/models/stories15M', '--windows', '32', '--calibration-windows', '32'],
    { needs: 'models/stories15M' },
  ),
  training('gpt2-tinystories', 40, ['--qat', 'ternary', '--steps', '60', '--windows', '128']),
  training('vit-cifar10', 30, [
    ...['--qat', 'ternary', '--steps', '100', '--batch', '32', '--augment', 'off', '--images', '1000'],
  ]),
];
