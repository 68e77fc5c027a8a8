/** The default threshold of `ternary` and its gguf rules, as a share of a group's largest magnitude. */
export const PRESET_THRESHOLD = 0.45;

/** Makes the option for the magnitude from which a weight becomes ±1, either a share of its group's largest or absolute. */
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
