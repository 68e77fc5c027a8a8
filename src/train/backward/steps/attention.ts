import { recordAttentionBackward } from '../attention';
import type { StepBackward } from '../step';

const backward: StepBackward<'attention'> = {
  op: 'attention',
  keeps: ({ query, key, value }) => [query, key, value],
  record: ({ query, key, value, out, heads, keyValueHeads, headWidth, causal, scale, window }, site) =>
    recordAttentionBackward(
      site,
      {
        ...{ heads, keyValueHeads, headWidth, causal, scale, window },
        ...{ query: site.read(query), key: site.read(key), value: site.read(value) },
        dOut: site.gradient(out),
        ...{ dQuery: site.into(query), dKey: site.into(key), dValue: site.into(value) },
      },
      site.layout,
    ),
};

export default backward;
