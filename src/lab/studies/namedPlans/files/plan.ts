import { runPlan } from '../../../run/run';
import { namedPlan, type NamedPlan, type PlanOptions } from '../definition';
import { allocatedGrid } from '../frontier/recipes';
import { LikeBytesSearch } from './search';
import { filesTable } from './table';

const COMMON = {
  model: 'gpt2-tinystories',
  /** For the scale of the figures; the search chooses the codecs that are compared. */
  codec: 'float16',
  protocol: 'llama.cpp',
  context: '256',
  windows: '128',
  scope: 'all',
  'calibration-windows': '64',
} as const satisfies PlanOptions;

/** Damping of the allocation, with which the plan `frontier` found the smallest file of a small model. */
const DAMPING = 0.3;

const plan: NamedPlan = {
  id: 'files',
  title: 'Files others made',
  note: `Measures the files given with \`--file\`, and for each our codec of no more bytes: bits allocated by measured sensitivity over
entropy-coded grids, all tensors in the scope. 128 windows of 256 tokens by llama.cpp's protocol, which scores the second half of each
window; codecs calibrate on 64 windows of tinystories-calibration. Bytes are those of the whole file without the vocabulary.`,
  takesFiles: true,
  plans: (request) => [namedPlan(COMMON, request)],
  run: (lab, [plan], options) =>
    runPlan(lab, plan, { ...options, search: new LikeBytesSearch(allocatedGrid(DAMPING)) }),
  table: filesTable,
};

export default plan;
