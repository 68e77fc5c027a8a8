/** The definition of a technical term of the page. */
export interface TermEntry {
  /** The term as it reads in a sentence. */
  term: string;
  definition: string;
}

export const GLOSSARY: Readonly<Record<string, TermEntry>> = {
  adapter: {
    term: 'adapter',
    definition:
      'The graphics processor as the browser offers it. A software adapter computes on the CPU: its results are correct, but its speed says nothing about a graphics processor.',
  },
  accuracy: {
    term: 'accuracy',
    definition: 'Share of images whose most likely class is the right one.',
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
      'Bits per weight counted over the compressed matrices alone, with their scales and tables. Most papers give this number.',
  },
  block: {
    term: 'block',
    definition: 'A run of consecutive weights that share one scale, counted over the flattened matrix.',
  },
  calibration: {
    term: 'calibration',
    definition:
      'Text or images from which a codec learns, before it rounds, which inputs a layer really sees. It never includes the data on which the model is measured.',
  },
  'calibration-draws': {
    term: 'calibration draws',
    definition:
      'Random choices of calibration windows. A calibrated codec is measured once with each; from three draws on, the verdict includes the variance between them.',
  },
  'clip-search': {
    term: 'clip search',
    definition:
      'A search over smaller scales for each group that keeps the one with the least squared error: a large weight is clipped so that the others are rounded more finely.',
  },
  codec: {
    term: 'codec',
    definition: 'A method that turns weights into bytes and back, with its options.',
  },
  codebook: {
    term: 'codebook',
    definition:
      'A table of values or short vectors; each weight, or run of weights, is stored as the index of an entry.',
  },
  'act-order': {
    term: 'activation order',
    definition:
      'The order in which columns are rounded: those with the largest inputs first, while the others can still compensate for the error.',
  },
  context: {
    term: 'context',
    definition: 'Number of tokens the model sees at once while it is scored.',
  },
  damping: {
    term: 'damping',
    definition:
      'A share of the mean diagonal of XᵀX that is added to its diagonal so that the matrix can be inverted.',
  },
  distillation: {
    term: 'distillation',
    definition:
      'Training on the float model’s whole output distribution as well as on the data: this share of the loss compares the model with its own outputs before rounding.',
  },
  'double-quantisation': {
    term: 'double quantisation',
    definition: 'Storing the scales themselves in 8 bits, with a second scale for each run of them.',
  },
  'encode-time': {
    term: 'encode time',
    definition: 'Time to compress the whole model on this device, in milliseconds.',
  },
  'entropy-coding': {
    term: 'entropy coding',
    definition:
      'Giving frequent codes short words and rare codes long words: the file shrinks towards the entropy of the codes, without loss.',
  },
  faithful: {
    term: 'faithful mode',
    definition:
      'The method exactly as its authors published it, defects included; the corrected form does what the publication describes.',
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
  interval: {
    term: '95 % interval',
    definition:
      'Of 100 intervals computed this way, 95 contain the true difference. The interval is paired: both models saw the same text, so it is much narrower than the two standard errors suggest.',
  },
  'kl-divergence': {
    term: 'KL divergence',
    definition:
      'How far the compressed model’s next-token distribution is from the baseline’s, averaged over the text, in nats. Zero means unchanged.',
  },
  'max-abs-error': {
    term: 'max abs error',
    definition: 'The largest absolute change of a single weight.',
  },
  metrics: {
    term: 'metrics',
    definition: 'Perplexity alone, or also divergence, agreement and token accuracy, which take longer.',
  },
  'learning-rate': {
    term: 'learning rate',
    definition: 'How far one training step moves the weights. It rises during the warm-up and then falls.',
  },
  'low-rank': {
    term: 'low rank',
    definition: 'Part of the matrix is stored as the product of a tall and a wide matrix.',
  },
  'output-error': {
    term: 'output error',
    definition:
      '‖(W − Ŵ)X‖ ÷ ‖WX‖: how far the layer’s output is off on calibration data. It counts an error where the input is large more than elsewhere.',
  },
  opponent: {
    term: 'opponent',
    definition:
      'The best plain rounding whose file has no more bytes than this codec’s. A codec is worth its complexity only if it beats its opponent.',
  },
  outlier: {
    term: 'outlier',
    definition:
      'A weight far larger than its neighbours. It stretches the scale of its group, so that the others are rounded coarsely.',
  },
  'outlier-column': {
    term: 'outlier column',
    definition: 'An input column with a large norm, kept in float16 while the rest is stored in integers.',
  },
  perplexity: {
    term: 'perplexity',
    definition:
      'The exponential of the mean negative log-likelihood per scored token: the number of equally likely tokens between which the model is undecided. Lower is better.',
  },
  protocol: {
    term: 'protocol',
    definition:
      'How a text is cut for scoring. Windows: consecutive pieces of the context’s length. Sliding: overlapping windows, in which each token is scored once with more text before it.',
  },
  qat: {
    term: 'quantisation-aware training',
    definition:
      'Training that computes with rounded weights in every step and updates the exact weights behind them, so that the model learns to tolerate the rounding.',
  },
  'quantisation-scheme': {
    term: 'quantisation scheme',
    definition:
      'Symmetric: codes lie evenly around zero and need only a scale. Asymmetric: a zero point shifts them to the range the group really has.',
  },
  ratio: {
    term: 'compression ratio',
    definition:
      'Bytes of the model stored in float32 or float16, divided by the bytes of the compressed file without tokenizer.',
  },
  rest: {
    term: 'rest',
    definition: 'Number format of the matrices outside the scope. They count in the size.',
  },
  scale: {
    term: 'scale',
    definition:
      'The number by which a group’s integer codes are multiplied to restore the weights; it is stored in float16.',
  },
  rotation: {
    term: 'rotation',
    definition:
      'Multiplying the weights by an orthogonal matrix spreads outliers evenly before rounding; decoding reverses the rotation.',
  },
  sensitivity: {
    term: 'sensitivity',
    definition: 'How much the model’s loss rises when one tensor alone is perturbed.',
  },
  scope: {
    term: 'scope',
    definition:
      'What is compressed. Linear: attention and MLP matrices. All: also embeddings, positions, patches and the head.',
  },
  seed: {
    term: 'seed',
    definition:
      'Starting value of the random number generator. The same seed on the same device gives the same result.',
  },
  'standard-error': {
    term: 'standard error',
    definition:
      'Expected size of the random error of a figure, which arises because only part of all possible text was scored.',
  },
  stride: {
    term: 'stride',
    definition:
      'Step from one sliding window to the next. Smaller gives each token more context and takes longer.',
  },
  temperature: {
    term: 'temperature',
    definition:
      'The number by which logits are divided before sampling. At zero the most likely token is always taken.',
  },
  'ternary-packing': {
    term: 'ternary packing',
    definition:
      'How codes −1, 0 and +1 become bytes: four to a byte in 2 bits each, five to a byte or twenty to four bytes in base 3.',
  },
  'ternary-rule': {
    term: 'ternary scale rule',
    definition:
      'How scale and threshold are found. Absmean: the mean magnitude. TWN: threshold 0.7 times the mean magnitude. Optimal: the least possible squared error. GGUF: threshold and scale from the largest weight. With -ls: the same codes, with the scale of least squared error.',
  },
  'ternary-threshold': {
    term: 'ternary threshold',
    definition:
      'The magnitude from which a weight becomes plus or minus one instead of zero: a share of the largest weight of its group or, in t81, an absolute number.',
  },
  'top-1-agreement': {
    term: 'top-1 agreement',
    definition:
      'Share of positions at which the compressed model and the baseline rank the same token or class first.',
  },
  'top-k': {
    term: 'top-k',
    definition: 'Sampling only among the k most likely tokens.',
  },
  validity: {
    term: 'validity flag',
    definition: 'A reason why a record, or its speed, must not be ranked against others.',
  },
  verdict: {
    term: 'verdict',
    definition:
      'Better or worse than the opponent if the 95 % interval of the difference excludes zero; otherwise unsure.',
  },
  windows: {
    term: 'windows',
    definition: 'Number of pieces of text that are scored. With fewer than 30, no verdict is given.',
  },
};
