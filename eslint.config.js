import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Imports point downwards (docs/architecture.md): each folder may not import these. */
const FORBIDDEN = {
  base: [
    'gpu',
    'formats',
    'models',
    'data',
    'runtime',
    'calibrate',
    'codecs',
    'artefact',
    'evaluate',
    'bench',
    'lab',
    'page',
  ],
  gpu: [
    'formats',
    'models',
    'data',
    'runtime',
    'calibrate',
    'codecs',
    'artefact',
    'evaluate',
    'bench',
    'lab',
    'page',
  ],
  formats: [
    'gpu',
    'models',
    'data',
    'runtime',
    'calibrate',
    'codecs',
    'artefact',
    'evaluate',
    'bench',
    'lab',
    'page',
  ],
  models: ['data', 'runtime', 'calibrate', 'codecs', 'artefact', 'evaluate', 'bench', 'lab', 'page'],
  data: ['gpu', 'runtime', 'calibrate', 'codecs', 'artefact', 'evaluate', 'bench', 'lab', 'page'],
  runtime: ['data', 'calibrate', 'codecs', 'artefact', 'evaluate', 'bench', 'lab', 'page'],
  calibrate: ['data', 'codecs', 'artefact', 'evaluate', 'bench', 'lab', 'page'],
  codecs: ['data', 'artefact', 'evaluate', 'bench', 'lab', 'page'],
  evaluate: ['calibrate', 'codecs', 'artefact', 'bench', 'lab', 'page'],
  artefact: ['evaluate', 'bench', 'lab', 'page'],
  bench: ['lab', 'page'],
  lab: ['page'],
};

const layers = Object.entries(FORBIDDEN).map(([folder, above]) => ({
  files: [`src/${folder}/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: above.map((name) => `**/${name}/**`),
            message: 'Imports point downwards (docs/architecture.md).',
          },
          {
            group: ['react', 'react-dom', 'node:*'],
            message: 'The lab runs in a worker, in Node and in tests alike.',
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'public/**', 'test-results/**', 'playwright-report/**'] },
  ...tseslint.configs.recommended,
  { plugins: { 'react-hooks': reactHooks }, rules: { ...reactHooks.configs.recommended.rules } },
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Use the keyed generator in src/base/random.ts.' },
      ],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['{src,workers,cli}/**/*.{ts,tsx}'],
    ignores: ['**/*.test.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['cli/**', 'scripts/**', 'src/testing/**', '**/*.test.ts', 'e2e/**'],
    rules: { 'no-console': 'off' },
  },
  ...layers,
);
