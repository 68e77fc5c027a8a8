import { grouped, significant } from '../../../../src/base/format';
import { keptText, typesText } from '../../../shared/ggufText';
import { passes, splitsDifferently, type Agreement, type CheckResult } from './agreement';

/**
 * Returns the facts about the file, the comparisons and the outcome, a line for each.
 * @param marked number of records in which the outcome was stored, if that was requested
 */
export function ggufCheckText(path: string, result: CheckResult, marked?: number): string {
  const { file, llamaCpp, model } = result;
  const lines = [
    path,
    `${grouped(file.bytes)} bytes, ${file.architecture}, ${file.type ?? 'mixed types'}; tensors: ${typesText(Object.entries(file.tensors))}`,
    keptText(file.kept).trimEnd(),
    'valid: header, tokenizer and every weight could be read',
    tokenizerText(result),
    `llama.cpp ${llamaCpp}: ${agreementText(result.agreement)}${toleranceText(result)}`,
    speedText(result),
    memoryText(result),
    ...(model ? [modelText(model)] : []),
    marked === undefined ? '' : `records updated: ${marked}`,
    passes(result) ? 'PASS' : 'FAIL',
  ];
  return lines
    .filter(Boolean)
    .map((line) => `${line}\n`)
    .join('');
}

function speedText({ msPerToken, promptMsPerToken }: CheckResult): string {
  if (msPerToken === null) return 'ms per token in llama.cpp: unknown, no time was reported';
  const prompt =
    promptMsPerToken === null ? '' : `, ${significant(promptMsPerToken)} ms per token of the prompt`;
  return `${significant(msPerToken)} ms per token in llama.cpp (WebAssembly, one thread)${prompt}`;
}

function memoryText({ peakResidentBytes }: CheckResult): string {
  if (peakResidentBytes === null) return '';
  return `peak resident memory of llama.cpp with its browser process ${grouped(peakResidentBytes)} bytes`;
}

function tokenizerText({ tokenizer }: CheckResult): string {
  const wrong = tokenizer.filter(splitsDifferently);
  if (wrong.length === 0) {
    const byIds = tokenizer.filter((text) => text.byIds).length;
    return `tokenizer: llama.cpp splits ${tokenizer.length} texts into as many tokens; the ids of ${byIds} were compared, by the log-probability of the next token`;
  }
  const each = wrong.map(({ text, here, llamaCpp }) =>
    here === llamaCpp
      ? `${JSON.stringify(text)} into other tokens than the model`
      : `${JSON.stringify(text)} into ${llamaCpp} tokens instead of ${here}`,
  );
  return `tokenizer: llama.cpp splits ${each.join(', ')}`;
}

function modelText({ id, relativeL2, agreement }: NonNullable<CheckResult['model']>): string {
  const error =
    relativeL2 === 0 ? 'the same weights' : `relative error of the weights ${significant(relativeL2)}`;
  return `against ${id}: ${error}; ${agreementText(agreement)}`;
}

function agreementText({ tokens, maxDifference }: Agreement): string {
  if (maxDifference === null) return 'it scored different tokens';
  return `${tokens} greedy tokens, largest log-probability difference ${maxDifference.toExponential(2)} nats`;
}

function toleranceText({ tolerance }: CheckResult): string {
  if (tolerance !== null) return ` (tolerance ${tolerance.toExponential(0)})`;
  return ' (not judged: llama.cpp rounds activations with these types)';
}
