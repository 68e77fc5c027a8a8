import * as v from 'valibot';
import { issuePath, issueReason } from '../../../../base/issue';
import { badExample } from '../../contract/jsonLines';
import { defineTask, type TaskExample, type TaskFile } from '../../contract/task';
import { exactMatch, tokenF1 } from './normalise';

interface SquadExample extends TaskExample {
  title: string;
  context: string;
  question: string;
  /** What people answered; at least one. */
  answers: readonly string[];
}

const squadSchema = v.object({
  data: v.array(
    v.object({
      title: v.string(),
      paragraphs: v.array(
        v.object({
          context: v.string(),
          qas: v.array(
            v.object({
              id: v.string(),
              question: v.string(),
              answers: v.array(v.object({ text: v.string() })),
            }),
          ),
        }),
      ),
    }),
  ),
});

/**
 * SQuAD 1.1 (Rajpurkar et al. 2016), zero-shot: the greedy answer up to the end of its line, after the prompt of Brown et al. 2020
 * (appendix G). F1 and exact match are the largest over the given answers, after the normalisation of the official script. Questions on
 * one paragraph are one cluster.
 */
export default defineTask<SquadExample>({
  kind: 'generation',
  metrics: [
    { id: 'f1', label: 'F1', kind: 'mean' },
    { id: 'exact-match', label: 'Exact match', kind: 'proportion' },
  ],
  maxTokens: 32,
  stop: ['\n'],
  read: squadExamples,
  expected: ({ answers }) => [...new Set(answers)].join(' / '),
  prompt: ({ title, context, question }) =>
    `Title: ${title}\n\nBackground: ${context}\n\nQuestion: ${question}\n\nAnswer:`,
  score({ answers }, [answer]) {
    const best = (measure: (given: string, right: string) => number) =>
      Math.max(...answers.map((right) => measure(answer, right)));
    return { values: { f1: best(tokenF1), 'exact-match': best(exactMatch) }, answer: answer.trim() };
  },
});

function squadExamples(file: TaskFile): SquadExample[] {
  const examples = parsed(file).data.flatMap(({ title, paragraphs }) =>
    paragraphs.flatMap(({ context, qas }, p) =>
      qas.map(({ id, question, answers }) => ({
        place: `question ${id}`,
        cluster: `${title} ${p}`,
        title: title.replaceAll('_', ' '),
        context,
        question: question.trim(),
        answers: answers.map(({ text }) => text),
      })),
    ),
  );
  if (examples.length === 0) throw badExample(file, undefined, 'it has no questions');
  for (const { place, answers } of examples)
    if (answers.length === 0)
      throw badExample(file, place, 'it has no answer; only SQuAD 1.1 answers every question');
  return examples;
}

function parsed(file: TaskFile): v.InferOutput<typeof squadSchema> {
  let value: unknown;
  try {
    value = JSON.parse(file.text);
  } catch (error) {
    throw badExample(file, undefined, 'it is not JSON', error);
  }
  const result = v.safeParse(squadSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw badExample(file, issuePath(issue), issueReason(issue));
}
