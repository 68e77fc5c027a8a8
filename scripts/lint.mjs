import { ESLint } from 'eslint';
import ts from 'typescript';
import { TYPED } from '../eslint.config.js';
import { inRoot, ROOT } from './lib/paths.mjs';

/**
 * Checks the types, and then the rules of eslint.config.js, of which many ask for types. Both use one program of TypeScript, so that types
 * are computed once; by `tsc` and `eslint` they are computed twice.
 */
async function main() {
  const program = createProgram();
  const errors = ts.getPreEmitDiagnostics(program);
  process.stdout.write(ts.formatDiagnosticsWithColorAndContext(errors, FORMAT));
  const eslint = new ESLint({
    cwd: ROOT,
    overrideConfig: {
      files: TYPED,
      languageOptions: { parserOptions: { programs: [program], project: null } },
    },
  });
  const results = await eslint.lintFiles(['.']);
  process.stdout.write(await (await eslint.loadFormatter('stylish')).format(results));
  const problems = results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0);
  return errors.length > 0 || problems ? 1 : 0;
}

const FORMAT = {
  getCurrentDirectory: () => ROOT,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};

function createProgram() {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (error) => {
      throw new Error(ts.formatDiagnostic(error, FORMAT));
    },
  };
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(
    inRoot('tsconfig.json'),
    {},
    host,
  );
  if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, FORMAT));
  return ts.createProgram(fileNames, options);
}

process.exitCode = await main();
