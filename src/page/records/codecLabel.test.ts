import { expect, it } from 'vitest';
import type { LabRecord } from '../../lab/results/record';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import { scopeNote, shortLabel } from './codecLabel';

function codec(text: string): LabRecord['codec'] {
  const spec = parseCodec(text);
  return { id: spec.id, options: { ...spec.options }, spec: formatCodec(spec), label: '' };
}

it.each([
  ['nf4', 'nf4'],
  ['rtn(bits=4,group=64)', 'rtn 4b g64'],
  ['rans(rtn(bits=3,group=64))', 'rans(rtn 3b g64)'],
  ['rans(hadamard(gptq(bits=3,group=32)),merge=false)', 'rans(hadamard(gptq 3b g32)) no merge'],
])('%s has the label "%s"', (text, label) => expect(shortLabel(codec(text))).toBe(label));

it('keeps a spelling that this version cannot parse', () => {
  const spec = 'rans(from-tomorrow(x=1))';
  expect(shortLabel({ ...codec('rans(rtn)'), spec })).toBe(spec);
});

it.each([
  ['codec', 'linear', 'float16', undefined, ''],
  ['codec', 'all', 'float32', undefined, 'scope all, rest float32'],
  ['codec', 'linear', 'float16', { kind: 'qat', steps: 200 }, 'QAT, 200 steps'],
  ['baseline', 'all', 'float32', { kind: 'fresh', steps: 844 }, 'trained, 844 steps'],
] as const)('%s, scope %s, rest %s, training %o: "%s"', (role, scope, rest, training, note) =>
  expect(scopeNote({ role, scope, rest, training: training as LabRecord['training'] })).toBe(note),
);
