import { LAYERS } from './layers.mjs';

/** Tests may import everything. */
const TESTS = String.raw`\.test\.ts$|/testing/|^src/codecs/conformance/`;
/** Folders without a layer, since they contain only tests. */
const UNLAYERED = '^(e2e|src/testing|src/codecs/conformance)/';
/** Code that runs in workers, in Node and in tests. */
const PORTABLE = '^src/(?!platform/node/|page/|testing/)';

const below = (folders) => `^(${folders.join('|')})/`;

const layers = LAYERS.map(({ folder, mayImport }) => ({
  name: `${folder} imports downwards`,
  severity: 'error',
  from: { path: below([folder]), pathNot: TESTS },
  to: { path: '^(src|workers|cli|e2e)/', pathNot: below([folder, ...mayImport]) },
}));

/** The configuration of dependency-cruiser for `npm test -- --only imports`. Type imports count like all others. */
export default {
  forbidden: [
    ...layers,
    {
      name: 'no import cycle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every folder has a layer (scripts/lib/layers.mjs)',
      severity: 'error',
      from: {
        path: '^(src|workers|cli)/',
        pathNot: [below(LAYERS.map(({ folder }) => folder)), UNLAYERED, TESTS],
      },
      to: {},
    },
    {
      name: 'a codec imports contract, kit and its own folder',
      severity: 'error',
      from: { path: '^(src/codecs/methods/(?:published/)?[^/]+/[^/]+)/', pathNot: TESTS },
      to: { path: '^src/codecs/methods/', pathNot: '^$1/' },
    },
    {
      name: 'test helpers are for tests',
      severity: 'error',
      from: { path: '^(src|workers|cli)/', pathNot: TESTS },
      to: { path: ['/testing/', '^src/codecs/conformance/'] },
    },
    {
      name: 'the lab knows neither Node nor React',
      severity: 'error',
      from: { path: PORTABLE, pathNot: TESTS },
      to: { path: ['^react', '^node_modules/react'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only src/platform/node uses Node',
      severity: 'error',
      from: { path: PORTABLE, pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
