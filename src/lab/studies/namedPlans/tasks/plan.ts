import { tasksToMarkdown } from '../../../results/taskTable';
import { COMMON_OPTIONS, taskPlan, type NamedPlan } from '../definition';
import { measurementTitle, modelSections } from '../tables';

/** Every task that ships with data. */
const TASKS = ['lambada', 'squad', 'humaneval', 'humaneval-samples', 'skills-strings', 'skills-arithmetic'];

const plan: NamedPlan = {
  id: 'tasks',
  title: 'Every task that ships, with its speed',
  note: `The first 32 examples of each task, of SQuAD one of each paragraph, without those that are longer than the model's context. 32 windows of
128 tokens give the perplexity. Examples/s is the speed of answering, without that of running the tests of programs. The models that ship
are far too small for LAMBADA, SQuAD and HumanEval, and their figures there are floors; \`--model\` names another one, also of the hub.`,
  plans: (request) => [
    taskPlan(
      {
        ...{ model: COMMON_OPTIONS.model, codec: 'rtn(bits=4,group=32)' },
        ...{ tasks: TASKS.join(','), 'task-examples': '32' },
      },
      request,
    ),
  ],
  table: modelSections((model, results) => {
    const records = results.records.filter((record) => record.model.id === model);
    return `${measurementTitle(model, results)}:\n\n${tasksToMarkdown(records)}`;
  }),
};

export default plan;
