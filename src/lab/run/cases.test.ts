import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { textEvaluator } from '../../evaluate/text';
import { loadModel } from '../../models/load/load';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { streamedModel } from '../../runtime/forward/streamedWeights';
import { caseFiles } from '../../testing/cases';
import { fixture } from '../../testing/fixtures';

const cpu = await nodeRuntime();

/** Cases whose `right.json` states a figure that follows from the tokens, by float64 NumPy on the ids of the Rust library. */
const CASES = [
  ...['bpb-sections', 'tok-add-bos', 'tok-added-decoder', 'tok-metaspace-legacy'],
  ...['tok-metaspace-split', 'tok-single-word', 'tok-split-merged', 'tok-whitespace-class'],
];

interface Right {
  right_perplexity?: number;
  right_bits_per_byte?: number;
  context: number;
  windows: number | 'all';
}

test.each(CASES)('%s: the figure of the float32 model is the one that its case states', async (name) => {
  const read = (file: string) => readFileSync(fixture(`cases/${name}/${file}`), 'utf8');
  const right = JSON.parse(read('right.json')) as Right;
  const model = await loadModel(caseFiles(`${name}/model`));
  const { ids, bytes } = await (await loadTokenizer(model.assets)).encodeMeasured(read('text.txt'));
  const evaluator = textEvaluator({
    ...{ cpu, shape: model.shape, baseline: streamedModel(undefined, model), ids, tokenBytes: bytes },
    protocol: {
      ...{ kind: 'windows', context: right.context, stride: right.context },
      ...(right.windows !== 'all' && { windows: right.windows }),
    },
    metrics: 'perplexity',
  });
  const { quality } = await evaluator.measureBaseline({ label: name });
  evaluator.dispose();
  const { right_perplexity: perplexity, right_bits_per_byte: bitsPerByte } = right;
  // NumPy and ONNX Runtime sum float32 products in other orders.
  if (perplexity !== undefined) expect(quality.value / perplexity).toBeCloseTo(1, 4);
  if (bitsPerByte !== undefined) expect(quality.bitsPerByte).toBeCloseTo(bitsPerByte, 4);
});
