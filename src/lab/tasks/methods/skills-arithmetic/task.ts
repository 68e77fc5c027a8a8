import { readJsonLines, textField } from '../../contract/jsonLines';
import { defineTask, type TaskExample } from '../../contract/task';

interface LineExample extends TaskExample {
  prompt: string;
  answer: string;
}

/** Prompts whose greedy answer, up to the end of its line, has to equal a text (scripts/skills/problems.py). */
export default defineTask<LineExample>({
  kind: 'generation',
  metrics: [{ id: 'exact-match', label: 'Exact match', kind: 'proportion' }],
  maxTokens: 16,
  stop: ['\n'],
  read: (file) =>
    readJsonLines(file).map((line) => ({
      place: line.place,
      prompt: textField(file, line, 'prompt'),
      answer: textField(file, line, 'answer'),
    })),
  expected: ({ answer }) => answer,
  prompt: ({ prompt }) => prompt,
  score: ({ answer }, [given]) => ({
    values: { 'exact-match': Number(given.trim() === answer.trim()) },
    answer: given.trim(),
  }),
});
