/** What a validity flag means, and which figures of the record it excludes from rankings. */
export interface Flag {
  label: string;
  reason: string;
  /**
   * `quality`: not on the frontier, no verdict; `speed`: times are not comparable; `verdict`: the comparison is weak;
   * `nothing`: every number counts, and the flag says how to read them.
   */
  affects: 'quality' | 'speed' | 'verdict' | 'nothing';
}

const FLAGS: Readonly<Record<string, Flag>> = {
  'software-adapter': {
    label: 'software',
    reason: 'This was computed by a software adapter: quality counts, speed does not.',
    affects: 'speed',
  },
  'tab-hidden': {
    label: 'tab hidden',
    reason: 'The tab was hidden during the run, and browsers throttle hidden tabs: speed does not count.',
    affects: 'speed',
  },
  'timer-coarse': {
    label: 'coarse timer',
    reason: 'The timer was too coarse for the times measured.',
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
      'Multiplying from the packed codes changed a loss by more than 0.001 nats: its speed does not count.',
    affects: 'speed',
  },
  unverified: {
    label: 'unverified',
    reason: 'What the GPU decoded from the file differs from what the reference decodes.',
    affects: 'quality',
  },
  'differs-elsewhere': {
    label: 'cross-check differs',
    reason: 'Another program read or ran these weights and got a different result.',
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
      'The weights changed by more than this codec tolerates without training (its notes state the limit). Train the model with it, or choose smaller groups or more bits.',
    affects: 'nothing',
  },
  'opponent-slack': {
    label: 'smaller opponent',
    reason: 'The opponent is more than 3 % smaller than this codec, so the comparison favours the codec.',
    affects: 'verdict',
  },
};

/** Describes a flag. One that this page does not know is shown too, and excludes the record from the ranking. */
export function describeFlag(flag: string): Flag {
  return (
    FLAGS[flag] ?? { label: flag.replaceAll('-', ' '), reason: flag.replaceAll('-', ' '), affects: 'quality' }
  );
}

/** Whether the record's quality may be ranked, so that it can lie on the frontier. */
export function qualityCounts(record: { validity: readonly string[]; status: string }): boolean {
  return record.status === 'complete' && record.validity.every((f) => describeFlag(f).affects !== 'quality');
}

/** Whether the record's speed may be compared with others. */
export function speedCounts(record: { validity: readonly string[] }): boolean {
  return record.validity.every((f) => describeFlag(f).affects !== 'speed');
}
