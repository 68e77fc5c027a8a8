import { defineMeta } from '../../../contract/meta';

export default defineMeta({
  id: 'rans',
  label: 'rANS entropy coding',
  family: 'entropy coding',
  source: 'Duda 2013, Asymmetric numeral systems, https://arxiv.org/abs/1311.2540',
  notes:
    'Stores the codes of another codec without loss in about their entropy, so that frequent codes take fewer bits. Frequency tables are stored and counted, and what would not shrink stays as it is.',
  options: [
    {
      key: 'merge',
      kind: 'boolean',
      label: 'Merge all parts into one',
      default: true,
    },
  ],
  needs: {},
  wraps: true,
});
