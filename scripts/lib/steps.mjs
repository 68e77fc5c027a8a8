import { availableParallelism } from 'node:os';
import { inRoot, TOOLS } from './paths.mjs';

const report = (name) => inRoot('.cache/reports', `${name}.json`);
/** Artificial binding limit of the kernels' second pass, with which everything that can be split is split. */
const BINDING_CAP = String(1 << 20);
/** Two processes run kernels (vitest.config.ts); more threads of lavapipe than cores wait for each other. */
const LAVAPIPE = { LP_NUM_THREADS: String(Math.max(1, Math.floor(availableParallelism() / 2))) };

/**
 * The steps of `npm test`, in order. Steps of one phase run in parallel: kernels wait for the GPU and the end-to-end tests for the
 * page, so that each alone leaves half of two cores idle. `needs`: programs that setup has to find first; `reports`: JSON reports
 * to count; `remedy`: what to do after a failure; `variable`: an environment variable that only this step sees, and without which
 * `npm test` skips the step.
 */
export const STEPS = [
  {
    name: 'lint',
    phase: 1,
    commands: [[inRoot('scripts/lint.mjs'), []]],
    remedy:
      'Fix the type errors and problems above (npm run types; npx eslint . --fix solves some problems).',
  },
  {
    name: 'format',
    phase: 1,
    commands: [[TOOLS.prettier, ['--check', '--log-level', 'warn', '.']]],
    remedy: 'Run `npx prettier --write .`',
  },
  {
    name: 'unused',
    phase: 1,
    commands: [[TOOLS.knip, []]],
    remedy: 'Delete unused code, or remove its `export` (npm run knip).',
  },
  {
    name: 'imports',
    phase: 1,
    commands: [
      [
        TOOLS.dependencyCruiser,
        ['--config', inRoot('scripts/lib/imports.config.mjs'), 'src', 'workers', 'cli', 'e2e'],
      ],
    ],
    remedy:
      'Move the code to the layer that may use it (docs/architecture.md), or break the import cycle above.',
  },
  {
    name: 'unit',
    phase: 1,
    commands: [vitest('unit', 'unit')],
    reports: [report('unit')],
    remedy: 'Run one file alone: npx vitest run --project unit path/to/file.test.ts',
  },
  {
    name: 'page',
    phase: 1,
    build: 'page',
    commands: [[inRoot('scripts/check-size.mjs'), []]],
    remedy: 'Load what the first screen does not need with import().',
  },
  {
    name: 'kernels',
    phase: 2,
    needs: ['vulkan'],
    commands: [
      [...vitest('gpu', 'kernels'), LAVAPIPE],
      [
        // Every codec's own suite compares a 1 MiB limit byte for byte; here the layers below and the two they build on.
        ...vitest(
          'gpu',
          'kernels-capped',
          'src/runtime',
          'src/calibrate',
          'src/codecs/methods/integer/rtn/',
          'src/codecs/methods/calibrated/gptq/',
        ),
        { ...LAVAPIPE, BITCURVE_BINDING_CAP: BINDING_CAP },
      ],
    ],
    reports: [report('kernels'), report('kernels-capped')],
    remedy:
      'Run one file alone: npx vitest run --project gpu path/to/file.gpu.test.ts ' +
      `(second pass: BITCURVE_BINDING_CAP=${BINDING_CAP}).`,
  },
  {
    name: 'e2e',
    phase: 2,
    needs: ['chromium'],
    build: 'page',
    commands: [[TOOLS.playwright, ['test']]],
    reports: [report('e2e')],
    remedy:
      'Run one file alone: npx playwright test e2e/file.spec.ts; traces are in test-results/, ' +
      'with pictures of each step after `--trace on`.',
  },
  {
    name: 'large',
    phase: 3,
    needs: ['vulkan'],
    variable: 'BITCURVE_FIXTURES',
    commands: [
      [...vitest('large', 'large'), LAVAPIPE],
      [
        ...vitest('large', 'large-capped', 'gptq.large.test.ts'),
        { ...LAVAPIPE, BITCURVE_BINDING_CAP: BINDING_CAP },
      ],
    ],
    reports: [report('large'), report('large-capped')],
    remedy: 'Run one file alone: npx vitest run --project large path/to/file.large.test.ts',
  },
];

function vitest(project, name, ...filters) {
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report(name)}`,
  ];
  return [TOOLS.vitest, [...args, ...filters]];
}
