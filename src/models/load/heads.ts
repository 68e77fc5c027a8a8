/** Names of the head of a language model, which some exporters store beside the embedding that it is tied to. */
export const HEADS = ['lm_head.weight', 'embed_out.weight'];
