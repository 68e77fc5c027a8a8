import type { Program, Step } from './architecture';
import { allSteps, stepValues } from './program';

/** Linear layers that read the same activation. */
export interface LinearInput {
  /** The names of their weights, in program order. */
  weights: readonly string[];
  /** The number of columns that they read. */
  width: number;
  /** Whether the activation has one row for each sequence, as `Value` has it. */
  perSequence?: true;
  /**
   * The norm that computes the activation, if only these layers read it. Dividing the norm by s and multiplying the layers'
   * columns by s then gives an equivalent model.
   */
  norm?: { weight: string; bias?: string };
}

/** A value between two writes to it. */
interface Version {
  producer?: Step;
  groups: Map<string, { weights: string[]; perSequence?: true }>;
  /** Whether a step other than a linear layer reads it. */
  otherReaders: boolean;
}

/**
 * Groups the linear layers of a program, including the head, by the activation they read. The norm of a tied head is omitted,
 * since the embedding uses the same table.
 */
export function linearInputs(program: Program): LinearInput[] {
  const versions: Version[] = [];
  const current = new Map<string, Version>();
  const versionOf = (name: string): Version => {
    let version = current.get(name);
    if (!version) current.set(name, (version = newVersion(versions)));
    return version;
  };
  for (const step of [...allSteps(program), headStep(program)]) {
    for (const { name } of stepValues(step).reads)
      if (step.op !== 'linear') versionOf(name).otherReaders = true;
    if (step.op === 'linear') addReader(versionOf(step.input.name), step);
    for (const { name } of stepValues(step).writes) current.set(name, newVersion(versions, step));
  }
  const tables = new Set(allSteps(program).flatMap((s) => (s.op === 'embed' ? [s.table] : [])));
  return versions.flatMap((version) => groupsOf(version, tables));
}

function newVersion(versions: Version[], producer?: Step): Version {
  const version = { producer, groups: new Map(), otherReaders: false };
  versions.push(version);
  return version;
}

function headStep({ hidden, head }: Program): Step {
  const out = { name: 'logits', width: head.outputs };
  return { op: 'linear', input: hidden, weight: head.weight, out };
}

function addReader(version: Version, { input, weight }: Extract<Step, { op: 'linear' }>): void {
  const key = `${input.column ?? 0}+${input.width}`;
  const weights = [...(version.groups.get(key)?.weights ?? []), weight];
  version.groups.set(key, { weights, ...(input.perSequence && { perSequence: true }) });
}

function groupsOf({ producer, groups, otherReaders }: Version, tables: ReadonlySet<string>): LinearInput[] {
  const isNorm = producer?.op === 'layerNorm' || producer?.op === 'rmsNorm';
  return [...groups].map(([key, { weights, perSequence }]) => {
    const width = Number(key.split('+')[1]);
    const foldable =
      isNorm &&
      !otherReaders &&
      groups.size === 1 &&
      width === producer.out.width &&
      !weights.some((w) => tables.has(w));
    const norm = foldable && {
      weight: producer.weight,
      ...(producer.op === 'layerNorm' && { bias: producer.bias }),
    };
    return { weights, width, ...(perSequence && { perSequence }), ...(norm && { norm }) };
  });
}
