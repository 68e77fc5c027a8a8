import { usage } from '../../shared/options';

const MAX_SECONDS = 3600;

/** The option of benchmarks that can compare with another runtime. */
export const PEER = {
  value: 'on|off',
  help: 'also time ONNX Runtime’s WebGPU execution provider (default: on)',
};

/**
 * Parses the value of --seconds.
 * @throws LabError bad-plan if it is not a number above 0 and at most an hour
 */
export function samplingSeconds(value: string): number {
  const seconds = Number(value);
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw usage(
    `--seconds ${value.slice(0, 60)} is not a number above 0 and at most ${MAX_SECONDS}.`,
    'Write e.g. 4.',
  );
}
