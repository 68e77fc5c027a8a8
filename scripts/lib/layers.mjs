/**
 * The layers of the code, lowest first: the content of each folder, and the folders that it may import. The import check
 * (scripts/lib/imports.config.mjs) enforces them, and a test compares them with the table of docs/architecture.md.
 */
export const LAYERS = [
  layer('src/base', 'errors, number formats, text formats, keyed random numbers', []),
  layer('src/gpu', 'device and limits, shader linker, kernels by name, buffers, recorder, command stream', [
    'src/base',
  ]),
  layer('src/formats', 'files that others define: safetensors, PyTorch, GGUF, IDX, CIFAR, gzip', [
    'src/base',
  ]),
  layer(
    'src/models',
    'architectures as data, loading and exporting, tokenizers, image preprocessing, models of a hub',
    ['src/formats', 'src/base'],
  ),
  layer('src/python', 'a sandbox for Python programs: limits, the interpreter in its worker', ['src/base']),
  layer('src/onnx', 'a model as an ONNX graph, and the runtime that runs it', [
    'src/models',
    'src/formats',
    'src/base',
  ]),
  layer('src/data', 'the data sets as data, and how they are read', [
    'src/models',
    'src/formats',
    'src/base',
  ]),
  layer('src/runtime', 'the forward pass on the GPU and its float64 reference, linear layers, generation', [
    'src/models',
    'src/gpu',
    'src/base',
  ]),
  layer(
    'src/calibrate',
    'calibration data through a model block by block: Gram matrices, output errors, Cholesky, SVD',
    ['src/runtime', 'src/onnx', 'src/models', 'src/gpu', 'src/base'],
  ),
  layer('src/train', 'gradients, losses, quantisers in training, AdamW, checkpoints', [
    'src/runtime',
    'src/models',
    'src/gpu',
    'src/formats',
    'src/base',
  ]),
  layer('src/diffusion', 'sampling from diffusion models, and quantisation by time groups as published', [
    ...['src/runtime', 'src/onnx', 'src/models', 'src/gpu', 'src/base'],
  ]),
  layer(
    'src/codecs/contract',
    'what a codec is: metadata, options, spelling, registry, checked encoding and decoding',
    ['src/calibrate', 'src/runtime', 'src/models', 'src/gpu', 'src/formats', 'src/base'],
  ),
  layer('src/codecs/kit', 'what several codecs share, a folder for each concept', [
    'src/codecs/contract',
    'src/calibrate',
    'src/runtime',
    'src/gpu',
    'src/formats',
    'src/base',
  ]),
  layer(
    'src/codecs/methods',
    'one folder for each codec, wrapper or assigner, by family; none imports another',
    [
      ...['src/codecs/contract', 'src/codecs/kit', 'src/diffusion', 'src/calibrate', 'src/runtime'],
      ...['src/models', 'src/gpu', 'src/formats', 'src/base'],
    ],
  ),
  layer('src/delta', 'the difference between two models: encoders, checksums, published rules', [
    ...['src/codecs/kit', 'src/codecs/contract', 'src/calibrate', 'src/models', 'src/formats', 'src/base'],
  ]),
  layer('src/artefact', 'the compressed file: write, read, sizes, errors of weights and outputs', [
    ...['src/codecs/contract', 'src/calibrate', 'src/runtime', 'src/models'],
    ...['src/gpu', 'src/formats', 'src/base'],
  ]),
  layer(
    'src/evaluate',
    'windows, losses on the GPU and on the CPU, of whole models or stage by stage, accuracy, statistics',
    ['src/data', 'src/runtime', 'src/onnx', 'src/models', 'src/gpu', 'src/base'],
  ),
  layer('src/bench', 'the verify-then-time runner, peers', [
    ...['src/evaluate', 'src/codecs/contract', 'src/runtime', 'src/onnx', 'src/models'],
    ...['src/gpu', 'src/base'],
  ]),
  layer('src/lab', 'plans, runs, records, verdicts, estimates, cross-checks, training, studies', [
    ...[
      'src/bench',
      'src/evaluate',
      'src/artefact',
      'src/delta',
      'src/diffusion',
      'src/codecs/kit',
      'src/codecs/contract',
      'src/train',
    ],
    ...['src/calibrate', 'src/runtime', 'src/data', 'src/onnx', 'src/python', 'src/models', 'src/gpu'],
    'src/base',
  ]),
  layer('src/platform/browser', 'the lab in a browser: its stores, its models, downloads', [
    'src/lab',
    'src/bench',
    'src/delta',
    'src/train',
    'src/data',
    'src/onnx',
    'src/python',
    'src/models',
    'src/formats',
    'src/gpu',
    'src/base',
  ]),
  layer('src/platform/node', 'the lab in Node: Dawn, folders and files, locks, downloads', [
    ...['src/lab', 'src/bench', 'src/artefact', 'src/delta', 'src/data', 'src/onnx', 'src/python'],
    ...['src/models', 'src/formats', 'src/gpu', 'src/base'],
  ]),
  layer('workers', 'the worker that owns the GPU device, the one that downloads, and their messages', [
    'src/platform/browser',
    'src/lab',
    'src/bench',
    'src/python',
    'src/models',
    'src/gpu',
    'src/base',
  ]),
  layer('src/page', 'React components; they select from stores and send plans', [
    ...['workers', 'src/platform/browser', 'src/lab', 'src/delta', 'src/codecs/contract', 'src/data'],
    ...['src/models', 'src/base'],
  ]),
  layer('cli', 'one folder for each command, over the lab in Node', [
    ...[
      'src/page',
      'src/platform/node',
      'src/lab',
      'src/bench',
      'src/artefact',
      'src/delta',
      'src/codecs/contract',
      'src/train',
    ],
    ...['src/runtime', 'src/data', 'src/onnx', 'src/models', 'src/formats', 'src/gpu', 'src/base'],
  ]),
];

function layer(folder, holds, mayImport) {
  return { folder, holds, mayImport };
}

/** Returns the table of docs/architecture.md. */
export function layersTable() {
  const rows = LAYERS.map(({ folder, holds, mayImport }) => {
    const imports = mayImport.map((name) => name.replace(/^src\//, '')).join(', ') || 'nothing';
    return `| \`${folder}\` | ${holds} | ${imports} |`;
  });
  return ['| folder | holds | may import |', '| --- | --- | --- |', ...rows].join('\n');
}
