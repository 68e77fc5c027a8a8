import { expect, it } from 'vitest';
import type { LabRecord } from '../../lab/record';
import { formatCodec, parseCodec } from '../../codecs/spec';
import { shortLabel } from './codecLabel';

function codec(text: string): LabRecord['codec'] {
  const spec = parseCodec(text);
  return { id: spec.id, options: { ...spec.options }, spec: formatCodec(spec), label: '' };
}

it.each([
  ['nf4', 'nf4'],
  ['rtn(bits=4,group=64)', 'rtn 4b g64'],
  ['rans(rtn(bits=3,group=64))', 'rans(rtn 3b g64)'],
  ['rans(hadamard(gptq(bits=3,group=32)),merge=false)', 'rans(hadamard(gptq 3b g32)) no merge'],
])('%s is drawn as "%s"', (text, label) => expect(shortLabel(codec(text))).toBe(label));

it('what this version cannot read keeps its spelling', () => {
  const spec = 'rans(from-tomorrow(x=1))';
  expect(shortLabel({ ...codec('rans(rtn)'), spec })).toBe(spec);
});
