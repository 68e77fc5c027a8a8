import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext, StoredTensor } from '../../../contract/codec';
import { checkStoredScales } from '../../../kit/storedFloats';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { byteWindow, partSpans, threadGroups, type PartSpan } from '../../../kit/spans';
import { columnPlaces, splitColumns, storedColumns } from './columns';
import { countsOf, type Counts } from './layout';
import { checkStoredOutliers } from '../../../kit/int8Rows/outliers';

/** Bound where a matrix has no codes or no outliers; never read. */
const NOTHING = new Uint8Array(4);

/** The stored bytes, checked. */
interface Opened {
  codes: Uint8Array;
  scales: Uint8Array;
  outliers: Uint8Array;
  places: Uint32Array;
}

export async function decodeOutlierColumns(
  stored: StoredTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const counts = countsOf(stored.shape, stored.options);
  const opened = open(stored);
  for (const span of partSpans(target))
    await gpuJob(context, (job) => decodeSpan(opened, counts, span, context, job));
}

/** @throws LabError bad-file */
function open({ name, shape, parts }: StoredTensor): Opened {
  const columns = storedColumns(name, parts.get('columns'), shape[1]);
  const scales = parts.get('scales') ?? NOTHING;
  const outliers = parts.get('outliers') ?? NOTHING;
  checkStoredScales(name, scales);
  checkStoredOutliers(name, outliers);
  const places = columnPlaces(splitColumns(shape[1], columns));
  return { codes: parts.get('codes') ?? NOTHING, scales, outliers, places };
}

async function decodeSpan(
  { codes, scales, outliers, places }: Opened,
  { columns, kept, outliers: outlierCount }: Counts,
  { part, offset, first, count }: PartSpan,
  { gpu }: CodecContext,
  { scope, recorder, run }: GpuJob,
): Promise<void> {
  const row = Math.floor(first / columns);
  const rows = Math.ceil((first + count) / columns) - row;
  const codeWindow = byteWindow(codes, row * kept, rows * kept);
  const scaleWindow = byteWindow(scales, row * 2, rows * 2);
  const outlierWindow = byteWindow(outliers, row * outlierCount * 2, rows * outlierCount * 2);
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/int8-outlier-columns/decode' }), {
    params: {
      count,
      first,
      offset,
      columns,
      keptCount: kept,
      outlierCount,
      firstCode: row * kept - codeWindow.shift,
      firstOutlier: row * outlierCount - outlierWindow.shift / 2,
      firstScale: row - scaleWindow.shift / 2,
    },
    bindings: {
      codes: scope.upload(codeWindow.bytes, 'int8 codes'),
      outliers: scope.upload(outlierWindow.bytes, 'outliers'),
      scales: scope.upload(scaleWindow.bytes, 'row scales'),
      places: scope.upload(places, 'column places'),
      out: part.buffer,
    },
    workgroups: threadGroups(count),
    cost: count * 15,
  });
  await run();
}
