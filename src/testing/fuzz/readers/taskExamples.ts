import { textFromFile } from '../../../data/datasets';
import { loadTask } from '../../../lab/tasks/contract/registry';
import type { LanguageTask } from '../../../lab/tasks/contract/task';
import { jsonBytes } from '../anyJson';
import { breakBytes } from '../breakBytes';
import { breakJson } from '../breakJson';
import type { FuzzReader } from '../reader';

const squad = {
  data: [
    {
      title: 'T',
      paragraphs: [{ context: 'c', qas: [{ id: 'q', question: 'Who?', answers: [{ text: 'a b' }] }] }],
    },
  ],
};
/** A valid file of each form, by its task. */
const SEEDS: Readonly<Record<string, readonly unknown[]>> = {
  choice: [
    { context: 'A dog can', choices: ['fly', ' bark'], answer: 1 },
    { context: 'x', choices: ['a', 'b', 'c'], answer: 0 },
  ],
  lambada: [{ text: 'He rang the bell' }, { text: 'two words' }],
  squad: [squad],
  humaneval: [
    { task_id: 'own/1', prompt: 'def f(s):', entry_point: 'f', test: 'pass', canonical_solution: ' 1' },
  ],
  'skills-arithmetic': [{ prompt: 'What is one?', answer: 'one' }],
};

const bytesOf = (lines: readonly Uint8Array[]) => Uint8Array.from(lines.flatMap((line) => [...line, 10]));

/** Chooses the task by the words in the file, which most changes leave. */
function taskOf(text: string): string {
  if (text.includes('paragraphs')) return 'squad';
  if (text.includes('entry_point')) return 'humaneval';
  if (text.includes('prompt')) return 'skills-arithmetic';
  return text.includes('choices') ? 'choice' : 'lambada';
}

function readWith(task: LanguageTask, name: string, text: string): void {
  for (const example of task.read({ name, text })) {
    const { context, continuations } =
      task.kind === 'likelihood'
        ? task.question(example)
        : { context: task.prompt(example), continuations: [task.expected(example)] };
    const texts = [context, ...continuations, task.expected(example)];
    if (texts.length < 3 || texts.some((part) => typeof part !== 'string'))
      throw new Error(`${example.place} has no texts`);
  }
}

/** The readers of the examples of tasks. */
const taskExamples: FuzzReader = {
  name: 'task-examples',
  reads: 'examples of tasks: JSONL of choices and passages, and SQuAD',
  cases: 1500,
  memory: { factor: 4 },
  prepare: async () => {
    const tasks = new Map<string, LanguageTask>();
    for (const id of Object.keys(SEEDS)) tasks.set(id, await loadTask(id));
    const lines = Object.values(SEEDS).map((values) => values.map(jsonBytes));
    return {
      seeds: lines.map(bytesOf),
      broken(below) {
        const chosen = lines[below(lines.length)];
        if (below(4) === 0) return breakBytes(bytesOf(chosen), below);
        const at = below(chosen.length);
        return bytesOf(chosen.map((line, i) => (i === at ? breakJson(line, below) : line)));
      },
      async read(bytes) {
        const { id, text } = await textFromFile('examples', bytes);
        readWith(tasks.get(taskOf(text))!, id, text);
      },
    };
  },
};
export default taskExamples;
