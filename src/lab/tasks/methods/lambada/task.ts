import { invariant } from '../../../../base/errors';
import { badExample, readJsonLines, textField, type JsonLine } from '../../contract/jsonLines';
import { defineTask, type TaskExample, type TaskFile } from '../../contract/task';

interface LambadaExample extends TaskExample {
  context: string;
  /** The last word, with the space before it. */
  word: string;
}

/**
 * LAMBADA (Paperno et al. 2016): the last word of a passage after the rest of it, in the test set of OpenAI (Radford et al. 2019).
 * A word counts as right if each of its tokens is the most likely one, which is what greedy decoding would write. Its rank is that of
 * the least expected of its tokens, each after the right ones before it. The perplexity is per token of the last word.
 */
export default defineTask<LambadaExample>({
  kind: 'likelihood',
  withRank: true,
  metrics: [
    { id: 'accuracy', label: 'Accuracy', kind: 'proportion' },
    { id: 'top-5', label: 'Word of rank 5 or better', kind: 'proportion' },
    { id: 'reciprocal-rank', label: 'Mean reciprocal rank', kind: 'mean' },
    { id: 'perplexity', label: 'Perplexity of the last word', kind: 'perplexity' },
  ],
  read: (file) => readJsonLines(file).map((line) => lambadaExample(file, line)),
  expected: ({ word }) => word.trim(),
  question: ({ context, word }) => ({ context, continuations: [word] }),
  score(_, [{ logLikelihood, tokens, isGreedy, greedyText, rank }]) {
    invariant(rank !== undefined, 'the task asks for ranks');
    return {
      values: {
        accuracy: Number(isGreedy),
        'top-5': Number(rank <= 5),
        'reciprocal-rank': 1 / rank,
        perplexity: { nll: -logLikelihood, tokens },
      },
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
