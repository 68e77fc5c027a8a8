import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** What tsconfig.json includes: here rules may ask for types. */
export const TYPED = ['{src,workers,cli,e2e}/**/*.{ts,tsx}', '*.config.ts'];

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
  ...tseslint.configs.recommendedTypeCheckedOnly.map((config) => ({ ...config, files: TYPED })),
  {
    files: TYPED,
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Functions are async because their type promises something: what they throw is then a rejection, too.
      '@typescript-eslint/require-await': 'off',
      // A shape may stand in a sentence: `[${shape}]`.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowArray: true }],
      // What was caught elsewhere is thrown again as it came.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      // Of the strict rules those that find faults. Of the others no-unnecessary-condition takes a missing element of an
      // array for impossible (noUncheckedIndexedAccess is off), and no-confusing-void-expression forbids `() => close()`.
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/no-unnecessary-type-conversion': 'error',
      '@typescript-eslint/no-unnecessary-template-expression': 'error',
    },
  },
  {
    files: ['**/*.test.ts', 'e2e/**'],
    rules: {
      // Asymmetric matchers (expect.stringContaining) are of type any; vi.mocked takes a method out of its object.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['src/page/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: { ...reactHooks.configs.recommended.rules },
  },
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
);
