import * as fc from 'fast-check';
import { codecMetas } from '../../../codecs/contract/registry';
import { PLAN_KEYS } from '../../../lab/plan/parameters';
import { planFromQuery, planToQuery } from '../../../lab/plan/text';
import { breakText } from '../breakText';
import type { FuzzReader } from '../reader';

const QUERIES = [
  '',
  'model=stories260K&codec=rtn(bits=4,group=32);nf4&context=64&windows=8&autostart=1',
  'model=vit-cifar10&images=100&data=cifar-10&verdict=off&preset=quick',
  'codec=rans(hadamard(rtn(bits=3,group=row,scheme=asymmetric)))&protocol=sliding&stride=16&seed=7',
  'codec=gptq(bits=3)&calibration=tinystories-calibration&calibration-windows=4&draws=3&scope=all&rest=bfloat16',
];

const PIECES = [
  ...PLAN_KEYS.map((key) => `&${key}=`),
  ...codecMetas.keys(),
  ...[
    '(',
    ')',
    ',',
    ';',
    '=',
    '&',
    '%',
    '%00',
    '%28',
    'bits=4',
    'group=row',
    'all',
    'none',
    'windows',
    'sliding',
  ],
  ...[
    '0',
    '1',
    '-1',
    '1e9',
    '99999999999999999999',
    '0.5',
    'NaN',
    '__proto__',
    'true',
    'stories260K',
    'cifar-10',
    '+',
  ],
];

const encode = (text: string) => new TextEncoder().encode(text);

/** Checks that an accepted plan is formatted so that it is parsed into the same plan. */
function read(bytes: Uint8Array): void {
  const { plan, preset } = planFromQuery(new URLSearchParams(new TextDecoder().decode(bytes)));
  const again = planFromQuery(new URLSearchParams(planToQuery(plan, preset))).plan;
  if (JSON.stringify(again) !== JSON.stringify(plan))
    throw new Error('the formatted plan is parsed into another plan');
}

/** The reader of plans in addresses, which are spelled as on the command line. */
const plan: FuzzReader = {
  name: 'plan',
  reads: 'plans in an address, with their codecs',
  cases: 8000,
  memory: { factor: 4 },
  refusals: ['bad-plan'],
  prepare: async () => ({
    seeds: QUERIES.map(encode),
    read,
    broken: (below) => encode(breakText(QUERIES[below(QUERIES.length)], PIECES, below)),
    made: fc
      .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })), { maxLength: 12 })
      .map((all) => encode(all.join(''))),
  }),
};
export default plan;
