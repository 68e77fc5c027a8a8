import { invariant } from '../../base/errors';
import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { Program, Step, Value } from '../../models/architecture';
import { allSteps, stepValues, valueWidths } from '../../models/program';
import { checkActivation } from '../linear/dense/dense';
import type { ActivationView } from '../linear/linear';

/** Gives each value of a program its place in a buffer while the step being recorded runs. */
export interface ActivationViews {
  view(value: Value): ActivationView;
}

/** The buffers of a program's activations [rows, width]; values that are never live together share one. */
export class Activations implements ActivationViews {
  private readonly widths: ReadonlyMap<string, number>;
  private readonly buffers = new Map<string, GPUBuffer>();

  /** @throws LabError limit when an activation exceeds one binding */
  constructor(gpu: Gpu, scope: BufferScope, program: Program, rows: number) {
    this.widths = valueWidths(program);
    for (const group of shareBuffers(program)) {
      const label = group.join('|');
      const bytes = 4 * rows * Math.max(...group.map((name) => this.widths.get(name)!));
      checkActivation(gpu, label, bytes);
      const buffer = scope.allocate(bytes, label);
      for (const name of group) this.buffers.set(name, buffer);
    }
  }

  view({ name, column = 0, width }: Value): ActivationView {
    const buffer = this.buffers.get(name);
    invariant(buffer, `the program has no activation "${name}"`);
    return { buffer, stride: this.widths.get(name)!, column, width };
  }
}

/** Groups values so that no two of a group are live at the same step; the widest value of a group comes first. */
export function shareBuffers(program: Program): string[][] {
  const widths = valueWidths(program);
  const conflicts = conflictsOf(program);
  const groups: string[][] = [];
  for (const [name] of [...widths].sort((a, b) => b[1] - a[1])) {
    const group = groups.find((g) => g.every((other) => !conflicts.get(name)?.has(other)));
    if (group) group.push(name);
    else groups.push([name]);
  }
  return groups;
}

/**
 * Returns the names of the values that are live together with each value. Liveness is computed backwards over the program: a
 * value a step reads is live before it; one it writes whole is not.
 */
function conflictsOf(program: Program): Map<string, Set<string>> {
  const conflicts = new Map<string, Set<string>>();
  const live = new Set([program.hidden.name]);
  for (const step of allSteps(program).reverse()) {
    const { reads, writes } = stepValues(step);
    const together = new Set([...live, ...reads.map((v) => v.name), ...writes.map((v) => v.name)]);
    for (const name of together)
      conflicts.set(
        name,
        new Set([...(conflicts.get(name) ?? []), ...[...together].filter((o) => o !== name)]),
      );
    for (const name of overwritten(step)) live.delete(name);
    for (const { name } of reads) live.add(name);
  }
  return conflicts;
}

/** Names of the values that a step overwrites whole without reading them. */
function overwritten(step: Step): string[] {
  const { reads, writes } = stepValues(step);
  const kept = new Set(reads.map((v) => v.name));
  return writes.filter((v) => v.column === undefined && !kept.has(v.name)).map((v) => v.name);
}
