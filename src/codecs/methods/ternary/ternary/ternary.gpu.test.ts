import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';

describeCodec(
  codec,
  [
    {},
    { packing: 'base3', group: '32' },
    { rule: 'absmean', group: 'row' },
    { rule: 'absmean', group: '64', packing: 'base3' },
    { rule: 'twn', group: '64' },
    { rule: 'twn', group: 'row', packing: 'base3' },
    { rule: 'gguf', group: '256', packing: 'base3x20' },
    { rule: 'gguf-ls', group: '32', threshold: 0.7 },
    { rule: 'absmean-ls', group: '64', packing: 'base3x20' },
  ],
  {
    groups: ({ group }, [, columns]) => ({ size: group === 'row' ? columns : Number(group), flat: false }),
  },
);
