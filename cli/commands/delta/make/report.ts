import { bytes as megabytes, fixed, grouped, significant } from '../../../../src/base/format';
import { markdownTable } from '../../../../src/base/markdown';
import type { DeltaTrial } from './limit';
import { deltaText } from '../../../../src/lab/results/export';
import type { SparseMethod, SparseTensor } from '../../../../src/delta/sparse';
import type { StoredTensor, WrittenModelDelta } from '../../../../src/platform/node/modelDelta';

/** Returns the table of the trials by which the bound of the error was chosen, and the outcome. */
export function trialsText(trials: readonly DeltaTrial[], maxIncrease: number): string {
  const task = trials[0].record.quality.task;
  const unit = task === 'perplexity' ? '% of perplexity' : 'points of accuracy';
  const table = markdownTable<DeltaTrial>(
    [
      ['Largest error', ({ maxError }) => significant(maxError)],
      ['Measured', ({ isFinal }) => (isFinal ? 'to confirm' : 'in the search'), 'left'],
      ['Bytes', ({ bytes }) => grouped(bytes)],
      [`Change in ${unit} [95 %]`, ({ record }) => deltaText(record)],
      ['Within the limit', ({ holds }) => (holds ? 'yes' : 'no')],
    ],
    trials,
  );
  const chosen = trials.find(({ isFinal, holds }) => isFinal && holds);
  const outcome = chosen
    ? `An error of at most ${significant(chosen.maxError)} keeps the loss below ${maxIncrease} ${unit}.`
    : `No bound of the error keeps the loss below ${maxIncrease} ${unit} with 95 % confidence, so every bit is kept.`;
  return `${table}\n${outcome}\n\n`;
}

interface EncoderUse {
  encoder: string;
  tensors: number;
  tensorBytes: number;
  bytes: number;
  maxError: number;
}

/**
 * Returns the report of a delta: a table of the encoders, the size against the fine-tuned model, and the rate.
 * @param ms time that making it took, if that is to be shown
 */
export function modelDeltaText(
  path: string,
  { bytes, description, tensors, leftOut }: WrittenModelDelta,
  ms?: number,
): string {
  const { exact, tuned } = description;
  const table = markdownTable<EncoderUse>(
    [
      ['Encoder', ({ encoder }) => encoder, 'left'],
      ['Tensors', (use) => grouped(use.tensors)],
      ['Bytes of the tensors', (use) => grouped(use.tensorBytes)],
      ['Bytes of the delta', (use) => grouped(use.bytes)],
      ['Largest error', ({ maxError }) => (maxError === 0 ? 'exact' : significant(maxError))],
    ],
    usesOf(tensors),
  );
  const ratio = tuned.bytes / bytes;
  const verdict =
    ratio > 1
      ? `${significant(ratio)}× smaller than the fine-tuned model (${grouped(tuned.bytes)} bytes)`
      : `no gain: keep the fine-tuned model, which has ${grouped(tuned.bytes)} bytes (${significant(1 / ratio)}× larger)`;
  return (
    `${table}\n${path}\n${grouped(bytes)} bytes, ${verdict}\n` +
    `${exact ? 'Every bit is restored' : 'Errors are relative to the difference of the tensor'}; SHA-256 of the fine-tuned tensors ${tuned.sha256}\n` +
    (ms === undefined ? '' : rateText(ms, tuned.bytes)) +
    leftOutText(leftOut) +
    sparseText(tensors)
  );
}

function rateText(ms: number, bytes: number): string {
  return `${fixed(ms / 1000, 1)} s, ${megabytes((1000 * bytes) / ms)} of the fine-tuned model per second\n`;
}

/** Returns the line about files that the delta does not restore; it is empty if there are none. */
function leftOutText(names: readonly string[]): string {
  return names.length === 0
    ? ''
    : `Not in the delta: ${names.join(', ')}. Copy them beside the restored model if it needs them.\n`;
}

/** Returns the comparison with the published method, which counts against float16. */
function sparseText(tensors: readonly StoredTensor[]): string {
  const all = tensors.flatMap(({ sparse }) => sparse ?? []);
  const sum = (value: (tensor: SparseTensor) => number) =>
    all.reduce((total, each) => total + value(each), 0);
  const bytes = sum((each) => each.bytes);
  if (bytes === 0) return '';
  const count = (method: SparseMethod) => `${sum((each) => Number(each.method === method))} ${method}`;
  const methods = (['zero', 'sparse', 'int8'] as const).map(count).join(', ');
  const ratio = sum((each) => each.float16Bytes) / bytes;
  const clamped = sum((each) => Number(each.isClamped));
  const note = clamped > 0 ? `; ${clamped} tensors that grow would be reported as 1.00×` : '';
  return `Sparse as published would store ${grouped(bytes)} bytes (${methods}), ${significant(ratio)}× smaller than float16${note}.\n`;
}

function usesOf(tensors: readonly StoredTensor[]): EncoderUse[] {
  const uses = new Map<string, EncoderUse>();
  for (const { encoder, bytes, tensorBytes, error } of tensors) {
    const use = uses.get(encoder) ?? { encoder, tensors: 0, tensorBytes: 0, bytes: 0, maxError: 0 };
    use.tensors++;
    use.bytes += bytes;
    use.tensorBytes += tensorBytes;
    use.maxError = Math.max(use.maxError, error);
    uses.set(encoder, use);
  }
  return [...uses.values()].sort((a, b) => b.tensorBytes - a.tensorBytes);
}
