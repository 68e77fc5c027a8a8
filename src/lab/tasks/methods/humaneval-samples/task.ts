import { defineTask } from '../../contract/task';
import { passAtK } from '../../python/passAtK';
import {
  answerFailure,
  FUNCTION_STOPS,
  functionExamples,
  withVerdict,
  type FunctionExample,
} from '../../python/programs';

const COUNT = 20;
const K = [1, 10];

/** HumanEval (Chen et al. 2021, arXiv:2107.03374) with drawn answers: pass@k by the unbiased estimator. */
export default defineTask<FunctionExample>({
  kind: 'generation',
  metrics: K.map((k) => ({ id: `pass@${k}`, label: `pass@${k}`, kind: 'mean' })),
  maxTokens: 256,
  stop: FUNCTION_STOPS,
  drawn: { count: COUNT, temperature: 0.8 },
  read: functionExamples,
  expected: ({ solution }) => solution,
  prompt: ({ prompt }) => prompt,
  async score(example, [, ...drawn], context) {
    const failures = [];
    for (const answer of drawn) failures.push(await answerFailure(example, answer, context));
    const passed = failures.filter((failure) => !failure).length;
    const shown = withVerdict(drawn[0], failures[0]);
    return {
      values: Object.fromEntries(K.map((k) => [`pass@${k}`, passAtK(drawn.length, passed, k)])),
      answer: `${shown}\n# ${passed} of ${drawn.length} answers pass`,
    };
  },
});
