import { bytes as megabytes, fixed, grouped, significant } from '../../../../src/base/format';
import { markdownTable } from '../../../../src/base/markdown';
import type { DeltaTrial } from './limit';
import { deltaText } from '../../../../src/lab/results/recordText';
import { encoderUses, gainText, type EncoderUse, type StoredTensor } from '../../../../src/delta/report';
import {
  sparseEstimatedRatio,
  type SparseEstimator,
  type SparseLaterMethod,
  type SparseMethod,
  type SparseTensor,
} from '../../../../src/delta/sparse';
import type { WrittenModelDelta } from '../../../../src/platform/node/modelDelta';

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
    encoderUses(tensors),
  );
  return (
    `${table}\n${path}\n${gainText(bytes, tuned.bytes)}\n` +
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

/** Returns the comparison with the published method, which counts against float16; it is empty if it would store nothing. */
function sparseText(tensors: readonly StoredTensor[]): string {
  const all = tensors.flatMap(({ sparse }) => sparse ?? []);
  const sum = (value: (tensor: SparseTensor) => number) =>
    all.reduce((total, each) => total + value(each), 0);
  const bytes = sum((each) => each.bytes);
  if (bytes === 0) return '';
  const float16 = sum((each) => each.float16Bytes);
  const clamped = sum((each) => Number(each.isClamped));
  const note = clamped > 0 ? `; ${clamped} tensors that grow would be reported as 1.00×` : '';
  const count = (method: SparseMethod) => `${sum((each) => Number(each.method === method))} ${method}`;
  const later = (method: SparseLaterMethod) =>
    `${sum((each) => Number(each.later.method === method))} ${method}`;
  const laterBytes = sum((each) => each.later.bytes);
  const svdBytes = sum((each) => each.svdBytes ?? 0);
  const svd = svdBytes > 0 ? `; factors of rank 16 of its matrices would take ${grouped(svdBytes)}` : '';
  const predicted = (version: SparseEstimator) =>
    `${significant(sparseEstimatedRatio((2 * sum((each) => each.unchanged[version])) / float16))}×`;
  const promised = ([0, 1] as const).map((end) =>
    fixed(float16 / sum((each) => each.float16Bytes / each.estimate.promised[end]), 1),
  );
  return (
    `Sparse as published would store ${grouped(bytes)} bytes (${(['zero', 'sparse', 'int8'] as const).map(count).join(', ')}), ${significant(float16 / bytes)}× smaller than float16${note}.\n` +
    `By kind of layer, as later versions choose: ${grouped(laterBytes)} bytes (${(['sparse', 'int8', 'hybrid'] as const).map(later).join(', ')}), ${significant(float16 / laterBytes)}×${svd}.\n` +
    `Its estimators predict ${predicted('first')} (first version), ${predicted('later')} (later) and ${predicted('demo')} (demo) from shares of unchanged values, or ${significant(float16 / sum((each) => each.estimate.bytes))}× from bytes, and promise ${promised.join(' to ')}×.\n`
  );
}
