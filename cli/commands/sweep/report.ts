import { measuredWhere } from '../../../src/lab/results/export';
import type { NamedPlan, Results } from '../../../src/lab/studies/namedPlans/definition';
import type { Plan } from '../../../src/lab/plan/plan';
import type { ModelShape } from '../../../src/models/architecture';
import { parseJsonObject } from '../../../src/models/load/json';
import { architectureFor } from '../../../src/models/registry';
import { modelFiles } from '../../../src/platform/node/models';

/** Returns the content of `<id>.md`: what the plan is, where and when it ran, and its table. */
export function namedPlanText(named: NamedPlan, results: Results): string {
  const { title, note } = named;
  return `# ${title}\n\n${note}\n\n${measuredWhere(results.records)}\n\n${named.table(results)}`;
}

/** Returns the shapes of the models of some plans, by the id that their records have. */
export async function shapesOf(plans: readonly Plan[]): Promise<Map<string, ModelShape>> {
  const shapes = new Map<string, ModelShape>();
  for (const name of new Set(plans.map(({ model }) => model))) {
    const files = await modelFiles(name);
    const config = parseJsonObject('config.json', await files.read('config.json'));
    shapes.set(files.id, architectureFor(config).configure(config));
  }
  return shapes;
}
