import { usage } from '../../shared/options';

const MAX_SECONDS = 3600;

/** The option of benchmarks that have a peer. */
export const PEER = { value: 'on|off', help: 'time ONNX Runtime’s WebGPU provider too (default: on)' };

/**
 * The value of --seconds.
 * @throws LabError bad-plan
 */
export function samplingSeconds(value: string): number {
  const seconds = Number(value);
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw usage(
    `--seconds ${value.slice(0, 60)} is not a number over 0, up to ${MAX_SECONDS}.`,
    'Write e.g. 4.',
  );
}
