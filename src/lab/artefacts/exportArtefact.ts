import { packableTensors, quantisedFolder } from '../../artefact/checkpoint';
import { memorySink } from '../../artefact/sink';
import { Artefact } from '../../artefact/read';
import { decodedModel } from '../../artefact/reencode';
import { restoredModel } from '../../artefact/restored';
import type { CodecSpec } from '../../codecs/contract/meta';
import type { Model } from '../../models/model';
import { float32Folder, type CheckpointFolder } from '../../models/load/export';
import { allSteps } from '../../models/program';
import { exportOnnx, type ExportedOnnx } from '../../onnx/exportModel';
import type { Lab } from '../lab';
import { compressModel } from './compress';
import type { FolderFormat } from './exportFormats';

/** A folder in a format, with the number of its quantised matrices. */
export type ExportedFolder = CheckpointFolder & { quantised: number; note?: string };

/**
 * Writes an artefact as a folder: with its codes as they are in the format of another tool, or its decoded weights in float32.
 * @throws LabError unsupported naming the tensor and what the format cannot hold
 */
export async function exportFolder(
  lab: Pick<Lab, 'processor'>,
  artefact: Artefact,
  format: FolderFormat,
  signal?: AbortSignal,
): Promise<ExportedFolder> {
  if (format !== 'safetensors') return quantisedFolder(artefact, format);
  return { ...float32Folder(restoredModel(lab.processor, artefact, signal)), quantised: 0 };
}

/** Writes a model as an ONNX file with float32 weights. @throws LabError as `exportOnnx`; Cancelled */
export function exportModelOnnx(model: Model, signal?: AbortSignal): Promise<ExportedOnnx> {
  return exportOnnx(model, new Map(), signal);
}

/**
 * Writes an artefact as an ONNX file, whose linear layers ONNX Runtime multiplies by their codes.
 * @throws LabError unsupported naming the tensor and what the format cannot hold; Cancelled
 */
export async function exportArtefactOnnx(
  lab: Pick<Lab, 'processor'>,
  artefact: Artefact,
  signal?: AbortSignal,
): Promise<ExportedOnnx> {
  const { shape, metadata } = artefact;
  const layers = new Set([
    ...allSteps(shape.program).flatMap((step) => (step.op === 'linear' ? [step.weight] : [])),
    shape.program.head.weight,
  ]);
  const packed = await packableTensors(artefact, layers, 'ONNX');
  const model = { id: metadata.model.id, ...restoredModel(lab.processor, artefact, signal) };
  return exportOnnx(model, packed, signal);
}

/**
 * Rounds the weights that an artefact decodes to with another codec, to store them in a format that does not have the artefact's.
 * @throws LabError as `compressModel`; Cancelled
 */
export async function reencoded(
  lab: Lab,
  artefact: Artefact,
  spec: CodecSpec,
  options: { seed: number; signal?: AbortSignal; onProgress?: (fraction: number, step: string) => void },
): Promise<Artefact> {
  const { model, recipe } = decodedModel(lab.processor, artefact, spec, options.signal);
  const { file } = await compressModel(
    lab,
    model,
    recipe,
    { ...options, calibration: null, context: 0 },
    memorySink(),
  );
  return Artefact.open(file);
}
