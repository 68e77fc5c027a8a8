import { defineMeta } from '../../../contract/meta';

export default defineMeta({
  id: 'rans',
  label: 'rANS entropy coding',
  family: 'entropy coding',
  source: 'Duda 2013, Asymmetric numeral systems, https://arxiv.org/abs/1311.2540',
  notes:
    'Codes the symbols another codec stores in as many bits as their frequencies say, without loss: frequent codes take fewer bits. Frequency tables are stored and counted; what would not shrink stays as it is.',
  options: [
    {
      key: 'merge',
      kind: 'boolean',
      label: 'All parts in one',
      default: true,
    },
  ],
  needs: {},
  wraps: true,
});
