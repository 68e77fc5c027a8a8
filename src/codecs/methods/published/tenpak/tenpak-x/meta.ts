import type { CodecMeta } from '../../../../contract/meta';

const meta: CodecMeta = {
  id: 'tenpak-x',
  label: 'TenPak-X',
  family: 'low-rank',
  source: 'Tenpak codecs tenpak_x_v1 and tenpak_x_v2, https://github.com/gagansuie/sparse',
  notes:
    'W ≈ L·R + codebook vectors + 4-bit groups of what is left (v1), or L·R and vectors alone (v2). The low-rank part costs 16·r·(m+n)/(m·n) bits per weight and pays only where W has structure; corrected mode lets the power iteration converge and codes against what is stored.',
  options: [
    {
      key: 'version',
      named: true,
      kind: 'choice',
      label: 'Version',
      values: ['v1', 'v2'],
      default: 'v1',
    },
    {
      key: 'mode',
      named: true,
      kind: 'choice',
      label: 'Mode',
      values: ['faithful', 'corrected'],
      default: 'faithful',
    },
    {
      key: 'seed',
      kind: 'integer',
      label: 'Seed of first vectors and centroids (corrected)',
      min: 0,
      max: 2 ** 31 - 1,
      step: 1,
      default: 1,
    },
  ],
  needs: {},
  orientation: 'checkpoint',
};

export default meta;
