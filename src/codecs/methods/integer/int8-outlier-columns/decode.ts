import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { fillBySpans } from '../../../kit/fillTarget';
import type { GpuJob } from '../../../kit/gpuJob';
import { checkStoredOutliers } from '../../../kit/int8Rows/outliers';
import { byteWindow, type PartSpan } from '../../../kit/spans';
import { checkStoredScales } from '../../../kit/storedFloats';
import { columnPlaces, splitColumns, storedColumns } from './columns';
import type { OutlierLayout, OutlierParts } from './layout';

/** Bytes to bind for a matrix without codes or without outliers; kernels never read them. */
const PLACEHOLDER = new Uint8Array(4);

/** The stored bytes after their checks. */
interface Opened {
  codes: Uint8Array;
  scales: Uint8Array;
  outliers: Uint8Array;
  places: Uint32Array;
}

/** Decodes on the GPU. @throws LabError bad-file naming the tensor; Cancelled */
export async function decodeOutlierColumns(
  stored: Coded<OutlierLayout, OutlierParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const opened = open(stored);
  await fillBySpans(target, context, (job, span) => recordDecode(job, opened, stored.layout, span));
}

/** Checks the stored parts. @throws LabError bad-file */
function open({ name, layout, parts }: Coded<OutlierLayout, OutlierParts>): Opened {
  const { codes = PLACEHOLDER, scales = PLACEHOLDER, outliers = PLACEHOLDER } = parts;
  const columns = storedColumns(name, parts.columns, layout.columns);
  checkStoredScales(name, scales);
  checkStoredOutliers(name, outliers);
  return { codes, scales, outliers, places: columnPlaces(splitColumns(layout.columns, columns)) };
}

async function recordDecode(
  { scope, dispatch }: GpuJob,
  { codes, scales, outliers, places }: Opened,
  { columns, kept, outliers: outlierCount }: OutlierLayout,
  { part, offset, first, count }: PartSpan,
): Promise<void> {
  const row = Math.floor(first / columns);
  const rows = Math.ceil((first + count) / columns) - row;
  const codeWindow = byteWindow(codes, row * kept, rows * kept);
  const scaleWindow = byteWindow(scales, row * 2, rows * 2);
  const outlierWindow = byteWindow(outliers, row * outlierCount * 2, rows * outlierCount * 2);
  await dispatch('codecs/int8-outlier-columns/decode', {
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
    threads: count,
    cost: count * 15,
  });
}
