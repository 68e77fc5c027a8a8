/** One definition for each technical term of the page; the documentation's glossary is generated from the same text. */
export interface TermEntry {
  /** How the term reads in a sentence. */
  term: string;
  definition: string;
}

export const GLOSSARY: Readonly<Record<string, TermEntry>> = {
  adapter: {
    term: 'adapter',
    definition:
      'The graphics processor as the browser offers it. A software adapter computes on the CPU: its numbers are right, its speed says nothing.',
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
      'The same over the compressed matrices alone, with their scales and tables. This is the number most papers give.',
  },
  block: {
    term: 'block',
    definition: 'A run of consecutive weights that share one scale, counted over the flattened matrix.',
  },
  calibration: {
    term: 'calibration',
    definition:
      'Text (or images) a codec may look at before it rounds: it learns from it which inputs a layer really sees. Never the data that is measured on.',
  },
  'calibration-draws': {
    term: 'calibration draws',
    definition:
      'Random choices of calibration windows. A codec that learns is measured once with each: from three draws on the verdict counts how much the choice matters.',
  },
  'clip-search': {
    term: 'clip search',
    definition:
      'Tries smaller scales for each group and keeps the one with the least squared error: a large weight is cut off so that the others are rounded more finely.',
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
      'Columns whose inputs are largest are rounded first, while the others can still make up for the error.',
  },
  context: {
    term: 'context',
    definition: 'Number of tokens the model sees at once while it is scored.',
  },
  damping: {
    term: 'damping',
    definition:
      'A share of the mean diagonal added to the diagonal of the matrix XᵀX, so that it can be inverted.',
  },
  distillation: {
    term: 'distillation',
    definition:
      'Training on the float model’s whole distribution beside the data: this share of the loss follows the model’s own answers before it was rounded.',
  },
  'double-quantisation': {
    term: 'double quantisation',
    definition: 'The scales themselves are stored in 8 bits, with a second scale for each run of them.',
  },
  'encode-time': {
    term: 'encode time',
    definition: 'Time to compress the whole model on this device, in milliseconds.',
  },
  'entropy-coding': {
    term: 'entropy coding',
    definition:
      'Frequent codes get short words and rare ones long words: the file shrinks to what the codes really tell, without loss.',
  },
  faithful: {
    term: 'faithful mode',
    definition:
      'The method exactly as its authors published it, defects included; the corrected form does what they say they want.',
  },
  frontier: {
    term: 'Pareto frontier',
    definition: 'The points that no other point beats in size and quality at once.',
  },
  group: {
    term: 'group',
    definition:
      'A run of consecutive weights of one row that share a scale. Smaller groups follow outliers better and cost more bits.',
  },
  interval: {
    term: '95 % interval',
    definition:
      'Computed like this, 95 of 100 intervals hold the true difference. It is paired: both models saw the same text, so it is much narrower than the two errors alone suggest.',
  },
  'kl-divergence': {
    term: 'KL divergence',
    definition:
      'How far the compressed model’s next-token distribution is from the baseline’s, averaged over the text, in nats. Zero means unchanged.',
  },
  'max-abs-error': {
    term: 'max abs error',
    definition: 'The largest change of any single weight.',
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
      'The best plain rounding in a file of no more bytes. A codec is worth its trouble only if it beats its opponent.',
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
      'exp of the mean negative log-likelihood per scored token: between how many equally likely tokens the model is undecided. Lower is better.',
  },
  protocol: {
    term: 'protocol',
    definition:
      'How a text is cut. Windows: pieces of the context’s length, side by side. Sliding: overlapping windows, each token scored once with more text before it.',
  },
  qat: {
    term: 'quantisation-aware training',
    definition:
      'Training that computes with rounded weights in every step and moves the exact ones behind them, so that the model learns to bear the rounding.',
  },
  'quantisation-scheme': {
    term: 'quantisation scheme',
    definition:
      'Symmetric: codes lie evenly around zero and need a scale alone. Asymmetric: a zero point shifts them to the range the group really has.',
  },
  ratio: {
    term: 'compression ratio',
    definition:
      'Bytes of the model stored in float32 or float16, divided by the bytes of the compressed file without tokenizer.',
  },
  rest: {
    term: 'rest',
    definition: 'Number format of the matrices the scope leaves out. They count in the size.',
  },
  scale: {
    term: 'scale',
    definition:
      'The number a group’s integer codes are multiplied with to give weights again; stored in float16.',
  },
  rotation: {
    term: 'rotation',
    definition:
      'Multiplying the weights by an orthogonal matrix spreads outliers evenly before they are rounded; decoding turns them back.',
  },
  sensitivity: {
    term: 'sensitivity',
    definition: 'How much the model’s loss rises when one tensor alone is disturbed.',
  },
  scope: {
    term: 'scope',
    definition:
      'What is compressed. Linear: attention and MLP matrices. All: also embeddings, positions, patches and the head.',
  },
  seed: {
    term: 'seed',
    definition: 'Start of the random numbers. The same seed on the same device gives the same result.',
  },
  'standard-error': {
    term: 'standard error',
    definition:
      'Expected size of the chance error of a figure, because only part of all possible text was scored.',
  },
  stride: {
    term: 'stride',
    definition:
      'Step from one sliding window to the next. Smaller gives each token more context and takes longer.',
  },
  temperature: {
    term: 'temperature',
    definition: 'Divides the logits before sampling. Zero always takes the most likely token.',
  },
  'ternary-packing': {
    term: 'ternary packing',
    definition:
      'How codes −1, 0 and +1 become bytes: four to a byte in 2 bits each, five to a byte or twenty to four bytes in base 3.',
  },
  'ternary-rule': {
    term: 'ternary scale rule',
    definition:
      'How scale and threshold are found. Absmean: the mean magnitude. TWN: threshold 0.7 times the mean magnitude. Optimal: the least squared error there is. GGUF: threshold and scale from the largest weight. With -ls: the same codes, and the scale of the least squared error.',
  },
  'ternary-threshold': {
    term: 'ternary threshold',
    definition:
      'From which magnitude on a weight becomes plus or minus one instead of zero: a share of the largest weight of its group, or, in t81, an absolute number.',
  },
  'top-1-agreement': {
    term: 'top-1 agreement',
    definition: 'Share of positions where compressed model and baseline rank the same token or class first.',
  },
  'top-k': {
    term: 'top-k',
    definition: 'Sample only among the k most likely tokens.',
  },
  validity: {
    term: 'validity flag',
    definition: 'A reason why a record, or its speed, must not be ranked against others.',
  },
  verdict: {
    term: 'verdict',
    definition:
      'Better or worse than the opponent if the 95 % interval of the difference leaves out zero, otherwise unsure.',
  },
  windows: {
    term: 'windows',
    definition: 'Number of pieces of text that are scored. Under 30 no verdict is given.',
  },
};
