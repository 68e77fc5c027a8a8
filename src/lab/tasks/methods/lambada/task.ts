import { badExample, readJsonLines, textField, type JsonLine } from '../../contract/jsonLines';
import { defineTask, type TaskExample, type TaskFile } from '../../contract/task';

interface LambadaExample extends TaskExample {
  context: string;
  /** The last word, with the space before it. */
  word: string;
}

/**
 * LAMBADA (Paperno et al. 2016): the last word of a passage after the rest of it, in the test set of OpenAI (Radford et al. 2019).
 * A word counts as right if each of its tokens is the most likely one, which is what greedy decoding would write. The perplexity is
 * per token of the last word.
 */
export default defineTask<LambadaExample>({
  kind: 'likelihood',
  metrics: [
    { id: 'accuracy', label: 'Accuracy', kind: 'proportion' },
    { id: 'perplexity', label: 'Perplexity of the last word', kind: 'perplexity' },
  ],
  read: (file) => readJsonLines(file).map((line) => lambadaExample(file, line)),
  expected: ({ word }) => word.trim(),
  question: ({ context, word }) => ({ context, continuations: [word] }),
  score(_, [{ logLikelihood, tokens, isGreedy, greedyText }]) {
    return {
      values: { accuracy: Number(isGreedy), perplexity: { nll: -logLikelihood, tokens } },
      answer: greedyText.trim(),
    };
  },
});

function lambadaExample(file: TaskFile, line: JsonLine): LambadaExample {
  const text = textField(file, line, 'text').trimEnd();
  const space = text.lastIndexOf(' ');
  if (space <= 0) throw badExample(file, line.place, 'the text has a single word, so it has no answer');
  return { place: line.place, context: text.slice(0, space), word: text.slice(space) };
}
