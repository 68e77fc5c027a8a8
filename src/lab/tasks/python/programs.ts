import { LabError } from '../../../base/errors';
import type { PythonFailure } from '../../../python/messages';
import { badExample, readJsonLines, textField } from '../contract/jsonLines';
import type { ExampleScore, ScoringContext, TaskExample, TaskFile } from '../contract/task';

/** A Python function to complete, and the tests that it has to pass, in the form of HumanEval. */
export interface FunctionExample extends TaskExample {
  prompt: string;
  /** Name of the function that the tests call. */
  entryPoint: string;
  /** Defines `check(candidate)`. */
  test: string;
  /** A solution that passes; empty if the file has none. */
  solution: string;
}

/** Texts that end a function (Chen et al. 2021, section 2.3 of arXiv:2107.03374). */
export const FUNCTION_STOPS = ['\nclass', '\ndef', '\n#', '\nif', '\nprint'];

/** Reads a JSONL file with prompt, entry_point and test. @throws LabError bad-file naming the line at fault */
export function functionExamples(file: TaskFile): FunctionExample[] {
  return readJsonLines(file).map((line) => {
    const { place, fields } = line;
    const entryPoint = textField(file, line, 'entry_point');
    if (!/^[A-Za-z_]\w*$/.test(entryPoint)) throw badExample(file, place, '"entry_point" is not a name');
    return {
      place: typeof fields.task_id === 'string' ? `${place} (${fields.task_id.slice(0, 60)})` : place,
      prompt: textField(file, line, 'prompt'),
      entryPoint,
      test: textField(file, line, 'test'),
      solution: 'canonical_solution' in fields ? textField(file, line, 'canonical_solution') : '',
    };
  });
}

/** Returns the program that tests an answer, as the official evaluation puts it together. */
export function testProgram({ prompt, test, entryPoint }: FunctionExample, answer: string): string {
  return `${prompt}${answer}\n${test}\ncheck(${entryPoint})\n`;
}

/**
 * Runs an answer against its tests.
 * @returns why it fails; undefined if it passes
 * @throws LabError unsupported where no Python runs; Cancelled
 */
export async function answerFailure(
  example: FunctionExample,
  answer: string,
  { lab, signal }: ScoringContext,
): Promise<PythonFailure | undefined> {
  const sandbox = await lab.openPython?.();
  if (!sandbox)
    throw new LabError(
      'unsupported',
      'This lab cannot run Python, which tests the answers.',
      'Leave the task out.',
    );
  return (await sandbox.run(testProgram(example, answer), signal)).failure;
}

/** Scores the greedy answer: whether it passes all tests. */
export async function passAtOne(
  example: FunctionExample,
  [answer]: readonly string[],
  context: ScoringContext,
): Promise<ExampleScore> {
  const failure = await answerFailure(example, answer, context);
  return { values: { 'pass@1': Number(!failure) }, answer: withVerdict(answer, failure) };
}

/** An answer with a comment that says how its tests went. */
export function withVerdict(answer: string, failure: PythonFailure | undefined): string {
  return `${answer.trimEnd()}\n# ${failure ? failure.reason.replaceAll('\n', ' ') : 'passes its tests'}`;
}
