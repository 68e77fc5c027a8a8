import { badExample, readJsonLines, textField, type JsonLine } from '../../contract/jsonLines';
import { defineTask, type TaskExample, type TaskFile } from '../../contract/task';

interface ChoiceExample extends TaskExample {
  context: string;
  choices: readonly string[];
  /** Index of the right choice. */
  answer: number;
}

/**
 * Zero-shot choice: the model's answer is the continuation with the largest log-likelihood, or with the largest log-likelihood
 * per character (acc and acc_norm of lm-evaluation-harness, Gao et al. 2021). Of equal ones the first counts.
 */
export default defineTask<ChoiceExample>({
  kind: 'likelihood',
  metrics: [
    { id: 'accuracy', label: 'Accuracy', kind: 'proportion' },
    { id: 'normalised-accuracy', label: 'Length-normalised accuracy', kind: 'proportion' },
  ],
  read: (file) => readJsonLines(file).map((line) => choiceExample(file, line)),
  expected: ({ choices, answer }) => choices[answer],
  question: ({ context, choices }) => ({
    context,
    continuations: choices.map((choice) =>
      /\s$/.test(context) || /^\s/.test(choice) ? choice : ` ${choice}`,
    ),
  }),
  score({ choices, answer }, found) {
    const best = largest(found.map(({ logLikelihood }) => logLikelihood));
    const normalised = found.map(({ logLikelihood }, i) => logLikelihood / characters(choices[i]));
    return {
      values: {
        accuracy: Number(best === answer),
        'normalised-accuracy': Number(largest(normalised) === answer),
      },
      answer: choices[best],
    };
  },
});

function choiceExample(file: TaskFile, line: JsonLine): ChoiceExample {
  const { place, fields } = line;
  const { choices, answer } = fields;
  const context = textField(file, line, 'context');
  if (!Array.isArray(choices) || choices.length < 2)
    throw badExample(file, place, '"choices" is not a list of two or more texts');
  const empty = choices.findIndex((choice) => typeof choice !== 'string' || choice.trim() === '');
  if (empty >= 0) throw badExample(file, place, `choice ${empty} is not text or is empty`);
  if (answer === undefined || answer === null) throw badExample(file, place, 'it has no "answer"');
  if (!Number.isInteger(answer))
    throw badExample(file, place, '"answer" is not the index of a choice, a whole number from 0');
  const last = choices.length - 1;
  if ((answer as number) < 0 || (answer as number) > last)
    throw badExample(file, place, `the answer is ${answer as number}, but the choices are 0 to ${last}`);
  return { place, context, choices: choices as string[], answer: answer as number };
}

/** The characters of a choice without the space before it, as Python counts them. */
function characters(choice: string): number {
  return [...choice.trim()].length;
}

function largest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
