import { defineMeta } from '../../../../contract/meta';
import { correctedSeed, MODE, VERSION } from '../../../../kit/tenpak/options';

export default defineMeta({
  id: 'tenpak-vq',
  label: 'Tenpak PocketLLM',
  family: 'vector',
  source:
    'Tenpak codecs pocketllm_v1 and pocketllm_v2, https://github.com/gagansuie/sparse; k-means: Lloyd 1982, https://doi.org/10.1109/TIT.1982.1056489',
  notes:
    'k-means finds 256 vectors of 8 (v1) or 4 (v2) weights per tensor, and 4-bit groups store what they leave. At the same bytes plain 5- or 6-bit rounding errs less on weights without structure; corrected mode draws its first centroids by k-means++ and codes against what is stored.',
  options: [VERSION, MODE, correctedSeed('the first centroids')],
  needs: {},
  orientation: 'checkpoint',
});
