/** What the gguf rules of `ternary` keep unless told otherwise: the share of a group's largest. */
export const PRESET_THRESHOLD = 0.45;

/** From which magnitude on a weight becomes ±1: a share of its group's largest, or absolute. */
export function thresholdOption(label: string, preset: number) {
  return {
    key: 'threshold',
    kind: 'number',
    label,
    min: 0.05,
    max: 1,
    step: 0.05,
    default: preset,
    term: 'ternary-threshold',
  } as const;
}
