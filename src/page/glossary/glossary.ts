/** The definition of a technical term of the page. */
export interface TermEntry {
  /** The term as used in a sentence. */
  term: string;
  definition: string;
}

/** The terms by id. */
export const GLOSSARY: Readonly<Record<string, TermEntry>> = {
  adapter: {
    term: 'adapter',
    definition:
      'The GPU as the browser provides it. A software adapter computes on the CPU: its results are correct, but its speed says nothing about a GPU.',
  },
  accuracy: {
    term: 'accuracy',
    definition: 'Share of images for which the most likely class is the correct one.',
  },
  baseline: {
    term: 'baseline',
    definition: 'The uncompressed float32 model, measured on the same data in the same way.',
  },
  'bits-per-weight': {
    term: 'bits per weight',
    definition:
      'Size of the whole compressed file in bits, without tokenizer, divided by the number of parameters. Scales, headers and uncompressed tensors count.',
  },
  'bits-per-coded-weight': {
    term: 'bits per coded weight',
    definition:
      'Bits per weight of the compressed matrices alone, including their scales and tables. Most papers report this number.',
  },
  block: {
    term: 'block',
    definition: 'A run of consecutive weights of the flattened matrix that share one scale.',
  },
  calibration: {
    term: 'calibration',
    definition:
      'Text or images that show a codec, before it quantises, which inputs each layer receives. They never include the data on which the model is measured.',
  },
  'calibration-draws': {
    term: 'calibration draws',
    definition:
      'Random choices of calibration windows. A calibrated codec is measured once with each; from three draws on, the verdict includes the variance between them.',
  },
  'clip-search': {
    term: 'clip search',
    definition:
      'A search for the scale of each group with the smallest squared error: a smaller scale clips a large weight and rounds the others more finely.',
  },
  codec: {
    term: 'codec',
    definition: 'A method that turns weights into bytes and back, with its options.',
  },
  codebook: {
    term: 'codebook',
    definition:
      'A table of values or short vectors. Each weight, or run of weights, is stored as the index of an entry.',
  },
  'act-order': {
    term: 'activation order',
    definition:
      'The order in which columns are rounded: those with the largest inputs first, while the others can still compensate for the error.',
  },
  context: {
    term: 'context',
    definition: 'Number of tokens that the model processes at once when it is scored.',
  },
  damping: {
    term: 'damping',
    definition:
      'A fraction of the mean diagonal of XᵀX that is added to the diagonal, so that the matrix can be inverted.',
  },
  distillation: {
    term: 'distillation',
    definition:
      'Training on the output distribution of the float model as well as on the data: this share of the loss is the divergence from that distribution.',
  },
  'double-quantisation': {
    term: 'double quantisation',
    definition: 'Storing the scales themselves in 8 bits, with a second scale for each run of scales.',
  },
  'encode-time': {
    term: 'encode time',
    definition: 'Time to compress the whole model on this device, in milliseconds.',
  },
  'entropy-coding': {
    term: 'entropy coding',
    definition:
      'Lossless coding with short words for frequent codes and long words for rare ones: the size approaches the entropy of the codes.',
  },
  faithful: {
    term: 'faithful mode',
    definition:
      'The method exactly as its authors published it, including defects. The corrected mode does what the publication describes.',
  },
  frontier: {
    term: 'Pareto frontier',
    definition: 'The points that no other point beats in both size and quality.',
  },
  group: {
    term: 'group',
    definition:
      'A run of consecutive weights of one row that share a scale. Smaller groups follow outliers better and cost more bits.',
  },
  'importance-matrix': {
    term: 'importance matrix',
    definition:
      'The mean square of each input of a layer on calibration data. A search for scales weighs the errors of the columns by it.',
  },
  interval: {
    term: '95 % interval',
    definition:
      'Of 100 intervals computed this way, about 95 contain the true difference. The interval is paired: both models are scored on the same data, so it is much narrower than the two standard errors suggest.',
  },
  'kl-divergence': {
    term: 'KL divergence',
    definition:
      'Distance of the compressed model’s next-token distribution from that of the baseline, averaged over the text, in nats. Zero means unchanged.',
  },
  'max-abs-error': {
    term: 'maximum absolute error',
    definition: 'The largest absolute change of a single weight.',
  },
  metrics: {
    term: 'metrics',
    definition: 'Perplexity only, or also KL divergence, agreement and token accuracy, which take longer.',
  },
  latency: {
    term: 'latency',
    definition:
      'The time from a token to the next when a text is generated token by token, or of an image that is classified alone. 99 % of them take no longer than the 99th percentile, p99.',
  },
  'learning-rate': {
    term: 'learning rate',
    definition: 'Size of the weight updates in a training step. It rises during the warm-up and then falls.',
  },
  'low-rank': {
    term: 'low rank',
    definition: 'A part of the matrix that is stored as the product of a tall and a wide matrix.',
  },
  'output-error': {
    term: 'output error',
    definition:
      '‖(W − Ŵ)X‖ ÷ ‖WX‖: the relative error of the layer’s output on calibration data. Weights with large inputs count more.',
  },
  opponent: {
    term: 'opponent',
    definition:
      'The best plain rounding whose file has no more bytes than this codec’s. A codec is worth its complexity only if it beats its opponent.',
  },
  outlier: {
    term: 'outlier',
    definition:
      'A weight that is much larger than its neighbours. It increases the scale of its group, so that the others are rounded coarsely.',
  },
  'outlier-column': {
    term: 'outlier column',
    definition:
      'An input column with a large norm, which is stored in float16 while the others are stored as integers.',
  },
  perplexity: {
    term: 'perplexity',
    definition:
      'The exponential of the mean negative log-likelihood per scored token: the effective number of equally likely next tokens. Lower is better.',
  },
  protocol: {
    term: 'protocol',
    definition:
      'How a text is divided for scoring. Windows: consecutive pieces of the length of the context. Sliding: overlapping windows, in which each token is scored once and has more text before it. llama.cpp: windows of which the second half is scored, as llama-perplexity does.',
  },
  qat: {
    term: 'quantisation-aware training',
    definition:
      'Training that computes with quantised weights in each step and updates the float weights behind them, so that the model adapts to the quantisation.',
  },
  'quantisation-scheme': {
    term: 'quantisation scheme',
    definition:
      'Symmetric: codes are symmetric around zero and need only a scale. Asymmetric: a zero point shifts them to the range of the group.',
  },
  ratio: {
    term: 'compression ratio',
    definition:
      'Bytes of the model stored in float32 or float16, divided by the bytes of the compressed file without tokenizer.',
  },
  rest: {
    term: 'rest',
    definition: 'Number format of the matrices outside the scope, which count in the size.',
  },
  scale: {
    term: 'scale',
    definition:
      'The number, stored in float16, by which the integer codes of a group are multiplied to restore the weights.',
  },
  rotation: {
    term: 'rotation',
    definition:
      'Multiplication of the weights by an orthogonal matrix, which spreads outliers evenly before rounding. Decoding reverses it.',
  },
  sensitivity: {
    term: 'sensitivity',
    definition: 'The increase of the model’s loss when one tensor alone is quantised.',
  },
  scope: {
    term: 'scope',
    definition:
      'The matrices that are compressed. Linear: attention and MLP matrices. All: also embeddings, positions, patches and the head.',
  },
  seed: {
    term: 'seed',
    definition:
      'Starting value of the random number generator. The same seed on the same device gives the same result.',
  },
  'standard-error': {
    term: 'standard error',
    definition:
      'Expected size of the random error of a figure, which arises because only a sample of all possible data was scored.',
  },
  stride: {
    term: 'stride',
    definition:
      'Step from one sliding window to the next. A smaller stride gives each token more context and takes longer.',
  },
  temperature: {
    term: 'temperature',
    definition:
      'The number by which logits are divided before sampling. At zero the most likely token is always taken.',
  },
  'super-weight': {
    term: 'super weight',
    definition:
      'A single weight on which the predictions depend far more than on any other, since it carries a large activation. Without it a large model writes gibberish.',
  },
  'ternary-packing': {
    term: 'ternary packing',
    definition:
      'How the codes −1, 0 and +1 are stored: four per byte with 2 bits each, or in base 3, five per byte or twenty per four bytes.',
  },
  'ternary-rule': {
    term: 'ternary scale rule',
    definition:
      'How scale and threshold are chosen. Absmean: the mean magnitude. TWN: threshold 0.7 times the mean magnitude. Optimal: the smallest possible squared error. GGUF: threshold and scale from the largest weight. With -ls: the same codes with the least-squares scale.',
  },
  'ternary-threshold': {
    term: 'ternary threshold',
    definition:
      'The magnitude above which a weight is coded as ±1 instead of 0: a fraction of the largest weight of its group or, in t81, an absolute number.',
  },
  'top-1-agreement': {
    term: 'top-1 agreement',
    definition:
      'Share of predictions for which the compressed model and the baseline rank the same token or class first.',
  },
  'top-k': {
    term: 'top-k',
    definition: 'Sampling only among the k most likely tokens.',
  },
  validity: {
    term: 'validity flag',
    definition: 'A reason why a record, or its speed, cannot be compared with others.',
  },
  tasks: {
    term: 'tasks',
    definition:
      'What a model is asked besides predicting text, such as the last word of a passage or the answer to a question. The verdict holds if the codec is within 10 % of the baseline by the whole 95 % interval, fails if no part of it is, and is otherwise unsure. Models as small as the embedded ones answer little right.',
  },
  verdict: {
    term: 'verdict',
    definition:
      'Better or worse than the opponent if the 95 % interval of the difference excludes zero; otherwise unsure.',
  },
  windows: {
    term: 'windows',
    definition: 'Number of pieces of text that are scored. With fewer than 30 there is no verdict.',
  },
};
