/** The meaning of a validity flag (src/lab/results/validity.ts), and the figures of the record that it excludes from rankings. */
export interface Flag {
  label: string;
  reason: string;
  /**
   * `quality`: not on the frontier, and no verdict; `speed`: times are wrong; `device`: times are valid on this device only;
   * `verdict`: the comparison is weak; `nothing`: all figures are valid, and the flag is a hint.
   */
  affects: 'quality' | 'speed' | 'device' | 'verdict' | 'nothing';
}

const FLAGS: Readonly<Record<string, Flag>> = {
  'software-adapter': {
    label: 'software',
    reason: 'A software adapter computed this record: its quality is valid, its speed is not comparable.',
    affects: 'device',
  },
  cpu: {
    label: 'CPU',
    reason:
      'The CPU measured this record: its quality is valid, its speed is not comparable with that of a GPU.',
    affects: 'device',
  },
  'in-parts': {
    label: 'in parts',
    reason:
      'The model needed more memory than was allowed and was measured part by part: its quality is valid, its speed includes reading the weights.',
    affects: 'speed',
  },
  'tab-hidden': {
    label: 'tab hidden',
    reason: 'The tab was hidden during the run, and browsers throttle hidden tabs: speed is not comparable.',
    affects: 'speed',
  },
  busy: {
    label: 'busy',
    reason:
      'The rate at which tokens were generated varied by more than half: something else used the machine, and its times say little.',
    affects: 'speed',
  },
  'timer-coarse': {
    label: 'coarse timer',
    reason: 'The timer is too coarse for the times measured.',
    affects: 'speed',
  },
  partial: {
    label: 'partial',
    reason: 'The run was stopped: only part of the data was scored.',
    affects: 'quality',
  },
  'packed-differs': {
    label: 'packed differs',
    reason:
      'Computing with the packed codes changed a loss by more than 0.001 nats: speed is not comparable.',
    affects: 'speed',
  },
  unverified: {
    label: 'unverified',
    reason: 'The GPU decoded other values from the file than the reference.',
    affects: 'quality',
  },
  'differs-elsewhere': {
    label: 'cross-check differs',
    reason: 'An independent program read or ran these weights with a different result.',
    affects: 'quality',
  },
  'few-clusters': {
    label: 'few windows',
    reason: 'Fewer than 30 windows were scored, too few for a verdict.',
    affects: 'verdict',
  },
  'needs-training': {
    label: 'needs training',
    reason:
      'The weights changed by more than this codec tolerates without training (its notes state the limit). Train the model with this codec, or choose smaller groups or more bits.',
    affects: 'nothing',
  },
  'opponent-slack': {
    label: 'smaller opponent',
    reason: 'The opponent is more than 3 % smaller than this codec, so the comparison favours the codec.',
    affects: 'verdict',
  },
};

/** Describes a flag. An unknown flag is shown too, and excludes the record from the ranking. */
export function describeFlag(flag: string): Flag {
  return (
    FLAGS[flag] ?? { label: flag.replaceAll('-', ' '), reason: flag.replaceAll('-', ' '), affects: 'quality' }
  );
}

/** Whether the record's quality may be ranked, so that it can be on the frontier. */
export function qualityCounts(record: { validity: readonly string[]; status: string }): boolean {
  return record.status === 'complete' && record.validity.every((f) => describeFlag(f).affects !== 'quality');
}

/** Whether the record's speed may be compared with that of other devices. */
export function speedCounts(record: { validity: readonly string[] }): boolean {
  return (
    speedFlags(record).length === 0 && record.validity.every((f) => describeFlag(f).affects !== 'device')
  );
}

/** Returns the flags for which the record's times say nothing, not even about its own device. */
export function speedFlags(record: { validity: readonly string[] }): Flag[] {
  return record.validity.map(describeFlag).filter(({ affects }) => affects === 'speed');
}
