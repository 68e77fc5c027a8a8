import type { CodecMeta } from '../../../../contract/meta';

const meta: CodecMeta = {
  id: 'tenpak-vq',
  label: 'Tenpak PocketLLM',
  family: 'vector',
  source:
    'Tenpak codecs pocketllm_v1 and pocketllm_v2, https://github.com/gagansuie/sparse; k-means: Lloyd 1982, https://doi.org/10.1109/TIT.1982.1056489',
  notes:
    'k-means finds 256 vectors of 8 (v1) or 4 (v2) weights per tensor, and 4-bit groups store what they leave. At the same bytes plain 5- or 6-bit rounding errs less on weights without structure; corrected mode draws its first centroids by k-means++ and codes against what is stored.',
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
      label: 'Seed of the first centroids (corrected)',
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
