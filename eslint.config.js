import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Imports point downwards (docs/architecture.md): each folder may import these and itself. */
const MAY_IMPORT = {
  base: [],
  gpu: ['base'],
  formats: ['base'],
  models: ['gpu', 'formats', 'base'],
  data: ['models', 'formats', 'base'],
  runtime: ['models', 'gpu', 'formats', 'base'],
  calibrate: ['runtime', 'models', 'gpu', 'formats', 'base'],
  train: ['calibrate', 'runtime', 'models', 'gpu', 'formats', 'base'],
  codecs: ['calibrate', 'runtime', 'models', 'gpu', 'formats', 'base'],
  evaluate: ['data', 'runtime', 'models', 'gpu', 'formats', 'base'],
  artefact: ['codecs', 'calibrate', 'data', 'runtime', 'models', 'gpu', 'formats', 'base'],
  bench: [
    'artefact',
    'evaluate',
    'codecs',
    'calibrate',
    'data',
    'runtime',
    'models',
    'gpu',
    'formats',
    'base',
  ],
};
const LAYERS = [...Object.keys(MAY_IMPORT), 'lab', 'page'];
const FORBIDDEN = {
  ...Object.fromEntries(
    Object.entries(MAY_IMPORT).map(([folder, allowed]) => [
      folder,
      LAYERS.filter((other) => other !== folder && !allowed.includes(other)),
    ]),
  ),
  lab: ['page'],
};

const layers = Object.entries(FORBIDDEN).map(([folder, above]) => ({
  files: [`src/${folder}/**/*.ts`],
  ignores: ['**/*.test.ts', '**/testing/**'],
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
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'public/**',
      'fixtures/**',
      'test-results/**',
      'playwright-report/**',
    ],
  },
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
