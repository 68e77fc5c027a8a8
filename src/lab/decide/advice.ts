import { measuredWhere } from '../results/export';
import type { LabRecord } from '../results/record';
import { decide, decisionGroups, oneGroup, type DecisionGroup } from './decide';
import type { DecisionRequest } from './parameters';
import { decisionMarkdown, limitsText } from './text';

/**
 * Writes the decision between some records as Markdown: the limits, and for each group the answer and all candidates.
 * @param grouped decides for each model, measurement and device; otherwise there must be one of them
 * @throws LabError bad-input naming the models, tasks, data or devices that differ
 */
export function adviceText(
  records: readonly LabRecord[],
  request: DecisionRequest,
  grouped: boolean,
): string {
  const groups = grouped && records.length > 0 ? decisionGroups(records) : [oneGroup(records)];
  const sections = groups.map((group) => groupText(group, request));
  return `# Which codec to take\n\n${measuredWhere(records)}\n\n${sections.join('\n')}`;
}

function groupText(group: DecisionGroup, request: DecisionRequest): string {
  const limits = limitsText(request, group.records[0].quality.task);
  return `${decisionMarkdown(group, decide(group, request))}\nLimits: ${limits}.\n`;
}
