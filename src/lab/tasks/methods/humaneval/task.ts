import { defineTask } from '../../contract/task';
import { FUNCTION_STOPS, functionExamples, passAtOne, type FunctionExample } from '../../python/programs';

/** HumanEval (Chen et al. 2021, arXiv:2107.03374), greedy: the prompt as it is, up to the published stop sequences. */
export default defineTask<FunctionExample>({
  kind: 'generation',
  metrics: [{ id: 'pass@1', label: 'pass@1', kind: 'proportion' }],
  maxTokens: 256,
  stop: FUNCTION_STOPS,
  read: functionExamples,
  expected: ({ solution }) => solution,
  prompt: ({ prompt }) => prompt,
  score: passAtOne,
});
