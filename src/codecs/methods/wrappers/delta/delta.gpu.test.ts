import { expect, test } from 'vitest';
import { describeCodec } from '../../../conformance/conformance';
import { completeOptions, parseCodec } from '../../../contract/spec';
import smoothquant from '../../calibrated/smoothquant/codec';
import rtn from '../../integer/rtn/codec';
import wrapper from './codec';

describeCodec(wrapper.wrap(rtn, completeOptions(rtn.meta, { bits: 3, group: '64' })), [{}]);

test('a codec that quantises activations is refused, and a difference of a difference', () => {
  const wrap = () => wrapper.wrap(smoothquant, completeOptions(smoothquant.meta, {}));
  expect(wrap).toThrow(/smoothquant with these options also quantises activations/);
  expect(() => parseCodec('delta(rans(delta(rtn)))')).toThrow(/named twice/);
});
