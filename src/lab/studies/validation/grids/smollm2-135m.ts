import type { PublishedGrid } from '../grid';
import { CALIBRATED, EXACT, REAL_ZERO } from '../tolerances';

/** The source's grid: min–max with float32 scales. */
const rtn = (bits: number, group: string) => `rtn-float32(bits=${bits},group=${group})`;
/** The source rounds the columns of Llama models by their inputs: in stored order GPTQ is worse there than plain rounding. */
const gptq = (bits: number, group: string) => `gptq(bits=${bits},group=${group},act-order=true)`;

const grid: PublishedGrid = {
  id: 'smollm2-135m',
  title: 'SmolLM2-135M on WikiText-2, in the protocol of the GPTQ paper',
  model: 'HuggingFaceTB/SmolLM2-135M@93efa2f097d58c2a74874c7e644dbc9b0cee75a2',
  data: 'wikitext-2-hf',
  context: 2048,
  windows: 148,
  float: { value: 15.4154, within: EXACT },
  cells: [
    { codec: rtn(4, 'row'), value: 26.6056, within: EXACT },
    { codec: rtn(4, '64'), value: 19.9461, within: EXACT },
    { codec: rtn(3, '64'), value: 66.2409, within: EXACT },
    { codec: gptq(4, 'row'), value: 24.1774, within: CALIBRATED, rounding: 26.6056 },
    { codec: gptq(4, '64'), value: 19.5012, within: CALIBRATED, rounding: 19.9461 },
    { codec: gptq(3, '64'), value: 37.7635, within: CALIBRATED, rounding: 66.2409 },
    { codec: 'hqq(bits=4,group=64)', value: 20.1503, within: REAL_ZERO },
  ],
  source: 'https://github.com/Dercen/LLM-Precision, results/by-model/smollm2-135m.md',
  note: 'The source ran in float16. 128 does not divide this model’s widths, so groups are of 64.',
};

export default grid;
