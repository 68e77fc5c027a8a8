import { describeLarge } from '../../testing/large';
import { testLikeTransformers } from '../testing/tokenizer';

describeLarge('models/stories15M', (folder) =>
  testLikeTransformers({
    folder,
    vocabulary: 32000,
    story: { tokens: 152_381, sha256: '254608698bd7e27509dff2a7e88c018fc9449e80a8b0bee9ae69ac9361f1421a' },
    wiki: { tokens: 335_688, sha256: 'a10b63902928d4b9b8bc1e93c670792d2dcf098f9b9061534eda56bfc8ffc8df' },
  }),
);
