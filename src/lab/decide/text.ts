import { bytes, fixed, grouped, significant, withInterval } from '../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../base/markdown';
import { MIN_DRAWS } from '../results/comparison';
import { deltaText, latencyText } from '../results/recordText';
import { isMinimum, limitFigure, type LimitFigure, type LimitCheck, type LimitName } from '../results/limits';
import { fileBytes, type LabRecord } from '../results/record';
import {
  BEST,
  DECIDING,
  isClose,
  preferredFigure,
  type DecisionCandidate,
  type Decision,
  type DecisionGroup,
} from './decide';
import type { DecisionRequest } from './parameters';

type Task = LabRecord['quality']['task'];

/** What a limit is on, as a sentence names it, its unit behind a number, and how figures and limits are formatted. */
interface LimitWords {
  name: string;
  unit: string;
  format: (value: number) => string;
  /** Limits have the digits that their author gave. */
  bound: (value: number) => string;
}

const RATE = { format: significant, bound: (value: number) => String(Number(value.toPrecision(12))) };
const exact = (format: (value: number) => string) => ({ format, bound: format });

/** What a model of a task handles one after the other. */
function thingsOf(task: Task): 'tokens' | 'images' {
  return task === 'perplexity' ? 'tokens' : 'images';
}

function wordsOf(limit: LimitName, task: Task): LimitWords {
  const things = thingsOf(task);
  const thing = things.slice(0, -1);
  const percentile = { name: `${limit} latency`, unit: ` ms per ${thing}`, ...RATE };
  const words: Record<LimitName, LimitWords> = {
    increase:
      task === 'perplexity'
        ? { name: 'rise of the perplexity', unit: ' %', ...RATE }
        : { name: 'loss of accuracy', unit: ' points', ...RATE },
    bytes: { name: 'size', unit: ' bytes', ...exact(grouped) },
    memory: { name: 'GPU memory', unit: '', ...exact(bytes) },
    p50: percentile,
    p95: percentile,
    p99: percentile,
    prefill: { name: 'prefill rate', unit: ` ${things}/s`, ...RATE },
    decode: {
      name: task === 'perplexity' ? 'decode rate' : 'rate',
      unit: ` ${things}/s`,
      ...RATE,
    },
    price: { name: 'price', unit: ` for a million ${things}`, ...exact(dollars) },
  };
  return words[limit];
}

/** Formats US dollars with cents, or with three digits below a dollar. */
export function dollars(value: number): string {
  return `$${value >= 1 ? fixed(value, 2) : significant(value)}`;
}

/** Formats a figure with its interval and unit: "+0.80 [+0.61, +0.98] %". */
function figureText(limit: LimitName, figure: LimitFigure, task: Task): string {
  if ('missing' in figure) return DASH;
  const { value, low, high } = figure;
  const { format, unit } = wordsOf(limit, task);
  if (low === high) return `${format(value)}${unit}`;
  if (limit === 'increase') {
    const signedText = withInterval(value, [low, high]);
    return `${signedText.value} ${signedText.interval}${unit}`;
  }
  return `${format(value)} [${format(low)}, ${Number.isFinite(high) ? format(high) : '∞'}]${unit}`;
}

/** Says how a record stands to one limit, without a full stop: "size 165,000 bytes, more than 150,000". */
function checkText({ limit, allowed, outcome, figure, doubt }: LimitCheck, task: Task): string {
  const { name, bound } = wordsOf(limit, task);
  if ('missing' in figure) return `${name} not known: ${withoutStop(figure.missing)}`;
  const measured = namedFigure(limit, figure, task);
  if (doubt !== undefined) return `${measured}, but ${withoutStop(doubt)}`;
  const limited = bound(allowed);
  const [within, beyond] = isMinimum(limit) ? ['at least', 'less than'] : ['at most', 'more than'];
  if (outcome === 'holds') return `${measured}, ${within} ${limited}`;
  if (outcome === 'fails') return `${measured}, ${beyond} ${limited}`;
  return Number.isFinite(figure.high)
    ? `${measured}, perhaps ${beyond} ${limited}`
    : `${measured}: too few ${thingsOf(task)} for an upper bound, ${limited} allowed`;
}

/** Says why a candidate is not the answer, without a full stop. */
export function reasonText({ record, report }: Pick<DecisionCandidate, 'record' | 'report'>): string {
  const missed = report.checks.filter(({ outcome }) => outcome !== 'holds');
  return missed.map((check) => checkText(check, record.quality.task)).join('; ');
}

/** A part of a sentence: text, or the spelling of a codec, which the page and Markdown set as code. */
export type Phrase = string | { codec: string };

const CONFIDENT = 'every limit with 95 % confidence';

/** Answers a decision in sentences. */
export function answer({ request, holding, rejected, baseline }: Decision): Phrase[] {
  const [best, second] = holding;
  if (!best && rejected.length === 0) return ['There is no codec to decide between: measure some first.'];
  if (!best) return noneHolds(rejected, baseline);
  return [
    'Take ',
    nameOf(best.record),
    `, ${claim(holding.length, request)}: ${summaryText(best.record, request)}.`,
    ...runnerUp(best, second, request),
    ...calibrationNote(best.record),
  ];
}

/** Says what the answer is among those that hold the limits. */
function claim(holding: number, { limits, prefer }: DecisionRequest): string {
  const isLimited = Object.keys(limits).length > 0;
  if (holding === 1) return isLimited ? `the only codec that holds ${CONFIDENT}` : 'the only codec';
  const among = `the ${BEST[prefer]} of the ${holding} codecs`;
  return isLimited ? `${among} that hold ${CONFIDENT}` : `${among}, without any limit`;
}

/** Joins an answer as Markdown. */
export function answerMarkdown(decision: Decision): string {
  return answer(decision)
    .map((part) => (typeof part === 'string' ? part : `\`${part.codec}\``))
    .join('');
}

function nameOf({ codec }: LabRecord): Phrase {
  return { codec: codec.spec };
}

/** Lists the figures of a record that were asked for: its size, its loss, and what decides. */
function summaryText(record: LabRecord, { limits, prefer, tariff }: DecisionRequest): string {
  const asked = Object.keys(limits) as LimitName[];
  return [...new Set<LimitName>(['bytes', 'increase', ...asked, DECIDING[prefer]])]
    .map((limit) => namedFigure(limit, limitFigure(record, limit, tariff), record.quality.task))
    .join(', ');
}

/** Formats a figure with its name, interval and unit: "size 165,000 bytes". */
export function namedFigure(limit: LimitName, figure: LimitFigure, task: Task): string {
  return `${wordsOf(limit, task).name} ${figureText(limit, figure, task)}`;
}

function runnerUp(
  best: DecisionCandidate,
  second: DecisionCandidate | undefined,
  request: DecisionRequest,
): Phrase[] {
  if (!second) return [];
  const { record } = second;
  const close = isClose(best.record, record, request) ? ', and the intervals of the two overlap' : '';
  const figure = namedFigure(DECIDING[request.prefer], preferredFigure(record, request), record.quality.task);
  return [' The runner-up is ', nameOf(record), ` (${figure}${close}).`];
}

function calibrationNote({ codec: { calibration } }: LabRecord): Phrase[] {
  if (!calibration || (calibration.values?.length ?? 1) >= MIN_DRAWS) return [];
  return [' Its loss holds for one sample of calibration data; draws=3 measures it with several.'];
}

function noneHolds(
  rejected: readonly DecisionCandidate[],
  baseline: DecisionCandidate | undefined,
): Phrase[] {
  const [nearest] = rejected;
  const known = nearest.report.checks.some(
    (check) => check.outcome !== 'holds' && !('missing' in check.figure),
  );
  const miss: Phrase[] = known
    ? [' The nearest miss is ', nameOf(nearest.record), `: ${reasonText(nearest)}.`]
    : [` What decides was not measured: ${reasonText(nearest)}.`];
  const float = baseline?.report.outcome === 'holds' ? [' The uncompressed float32 model does.'] : [];
  const none =
    rejected.length === 1 ? 'The only codec does not hold' : `None of the ${rejected.length} codecs holds`;
  return [`${none} ${CONFIDENT}.`, ...float, ...miss];
}

function withoutStop(sentence: string): string {
  const text = sentence.replace(/\.$/, '');
  return text[0].toLowerCase() + text.slice(1);
}

/** A row of the table of a decision. */
interface Row extends DecisionCandidate {
  /** "take", "runner-up", "holds", or why it is rejected. */
  standing: string;
}

/** Lists the candidates in their order, each with its standing. */
export function decisionRows({ holding, rejected }: Decision): Row[] {
  const standing = (i: number) => ['take', 'runner-up'][i] ?? 'holds';
  return [
    ...holding.map((candidate, i) => ({ ...candidate, standing: standing(i) })),
    ...rejected.map((candidate) => ({ ...candidate, standing: reasonText(candidate) })),
  ];
}

/** Writes a decision as Markdown: what it is about, the answer, and a table of all candidates. */
export function decisionMarkdown(group: DecisionGroup, decision: Decision): string {
  const { tariff } = decision.request;
  const isText = group.records[0].quality.task === 'perplexity';
  const columns: TableColumn<Row>[] = [
    ['Codec', ({ record }) => `\`${record.codec.spec}\``, 'left'],
    ['Bytes', ({ record }) => grouped(fileBytes(record))],
    [isText ? 'Δ perplexity % [95 %]' : 'Δ points [95 %]', ({ record }) => deltaText(record)],
  ];
  if (group.records.some(({ speed }) => speed.latency))
    columns.push([
      `ms/${isText ? 'token' : 'image'} p50 / p95 / p99 (n)`,
      ({ record: { speed } }) => (speed.latency ? latencyText(speed.latency) : DASH),
    ]);
  columns.push([
    isText ? 'Decode tokens/s' : 'Images/s',
    ({ record }) => valueText(limitFigure(record, 'decode')),
  ]);
  if (tariff)
    columns.push([
      isText ? '$/1M tokens' : '$/1M images',
      ({ record }) => valueText(limitFigure(record, 'price', tariff)),
    ]);
  columns.push(
    ['Pareto', ({ pareto }) => (pareto ? '•' : ''), 'left'],
    ['Standing', ({ standing }) => standing, 'left'],
  );
  return `## ${group.model}

${group.measurement}, on ${group.device}.

**${answerMarkdown(decision)}**

${markdownTable(columns, decisionRows(decision))}`;
}

function valueText(figure: LimitFigure): string {
  return 'missing' in figure ? DASH : significant(figure.value);
}

/** Lists the limits of a decision: "rise of the perplexity at most 1 %, size at most 5,000,000 bytes, the smallest first". */
export function limitsText({ limits, prefer, tariff }: DecisionRequest, task: Task): string {
  const named = (Object.entries(limits) as [LimitName, number][]).map(([limit, allowed]) => {
    const { name, unit, bound } = wordsOf(limit, task);
    return `${name} ${isMinimum(limit) ? 'at least' : 'at most'} ${bound(allowed)}${unit}`;
  });
  const price = tariff && `an hour at ${dollars(tariff.pricePerHour)}`;
  return [...named, `the ${BEST[prefer]} first`, ...(price ? [price] : [])].join(', ');
}
