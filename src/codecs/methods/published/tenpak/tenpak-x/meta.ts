import { defineMeta } from '../../../../contract/meta';
import { correctedSeed, MODE, VERSION } from '../../../../kit/tenpak/options';

export default defineMeta({
  id: 'tenpak-x',
  label: 'TenPak-X',
  family: 'low-rank',
  source: 'Tenpak codecs tenpak_x_v1 and tenpak_x_v2, https://github.com/gagansuie/sparse',
  notes:
    'W ≈ L·R + codebook vectors + 4-bit groups of what is left (v1), or L·R and vectors alone (v2). The low-rank part costs 16·r·(m+n)/(m·n) bits per weight and pays only where W has structure; corrected mode lets the power iteration converge and codes against what is stored.',
  options: [VERSION, MODE, correctedSeed('first vectors and centroids')],
  needs: {},
  orientation: 'checkpoint',
});
