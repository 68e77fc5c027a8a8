import { describeCodec } from '../testing/conformance';
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
  ],
  {
    groups: ({ group }, [, columns]) => ({ size: group === 'row' ? columns : Number(group), flat: false }),
  },
);
