import { bytes, count, fixed, grouped, significant } from '../../../../src/base/format';
import { formatCodec } from '../../../../src/codecs/contract/spec';
import {
  predictedSeconds,
  type EncodeTiming,
  type FittedRates,
} from '../../../../src/lab/estimate/encodeTiming';
import { adapterName, type Lab } from '../../../../src/lab/lab';
import type { GptqRequest } from './options';

/** Returns a Markdown table of measured and predicted times, followed by the rates that the prediction uses. */
export function gptqText(
  lab: Lab,
  { spec, windows, context }: GptqRequest,
  timings: readonly EncodeTiming[],
  rates: FittedRates,
): string {
  const header =
    '| Model | Parameters | GPU operations | Counted ÷ stated | CPU operations | Calibrate s | Encode s | Operations/s | Predicted s | Measured ÷ predicted | Peak GPU memory |';
  const lines = [header, `|:--|${'--:|'.repeat(10)}`, ...timings.map((timing) => row(timing, rates))];
  const { flopsPerSecond, hostFlopsPerSecond, dispatchMs, waitMs } = rates;
  return (
    `\`${formatCodec(spec)}\`, ${windows} windows of ${context} tokens, on ${adapterName(lab.gpu)} (${lab.runtime})\n\n` +
    `${lines.join('\n')}\n\n` +
    `Rates: ${giga(flopsPerSecond)} GFLOP/s (calibration of ${timings[0].model}), ` +
    `${giga(hostFlopsPerSecond)} GFLOP/s float64 on the host, ` +
    `${significant(1000 * dispatchMs)} µs per dispatch, ${significant(1000 * waitMs)} µs per wait.\n`
  );
}

function row(timing: EncodeTiming, rates: FittedRates): string {
  const { model, parameters, seconds, counted, calibration, encoding, peakGpuBytes } = timing;
  const total = seconds.calibrate + seconds.encode;
  const predicted = predictedSeconds(timing, rates);
  const cells = [
    model,
    `${count(parameters)} (${grouped(parameters)})`,
    `${giga(counted)} G`,
    fixed(counted / (calibration + encoding.gpu), 2),
    `${giga(encoding.host)} G`,
    significant(seconds.calibrate),
    significant(seconds.encode),
    `${giga(counted / total)} G`,
    significant(predicted),
    fixed(total / predicted, 2),
    bytes(peakGpuBytes),
  ];
  return `| ${cells.join(' | ')} |`;
}

function giga(value: number): string {
  return significant(value / 1e9);
}
