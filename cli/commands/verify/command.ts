import { basename } from 'node:path';
import { sha256Hex } from '../../../src/base/checksum';
import { LabError, throwIfAborted } from '../../../src/base/errors';
import { hubReader } from '../../../src/lab/crossCheck/hubReader';
import {
  verifyFile,
  verifyRecord,
  withCrossCheck,
  type VerifyOptions,
} from '../../../src/lab/crossCheck/verifyRecord';
import type { Lab } from '../../../src/lab/lab';
import { modelName } from '../../../src/lab/results/modelName';
import { EMBEDDED_MODELS, TRAINING_MODELS } from '../../../src/lab/plan/presets';
import type { LabRecord } from '../../../src/lab/results/record';
import type { Model } from '../../../src/models/model';
import { runCommand } from '../../shared/command';
import { readLocal } from '../../../src/platform/node/localFile';
import { hubModel, lookUpHubModel } from '../../../src/platform/node/hub/models';
import { nodeLab } from '../../../src/platform/node/lab';
import { nodeRuntime } from '../../../src/platform/node/crossCheckRuntime';
import { drawCurve } from '../../shared/curveHtml';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { ProgressBar } from '../../../src/platform/node/progressBar';
import { parseVerify, VERIFY_HELP, type VerifyRequest } from './options';
import { rowAgrees, verifyText, type VerifyRow } from './report';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

/** `npm run verify`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: VERIFY_HELP, parse: parseVerify, execute: verify }, args);
}

async function verify(request: VerifyRequest, signal: AbortSignal): Promise<number> {
  const folder = request.records === undefined ? undefined : await OutputFolder.openExisting(request.records);
  const tools = { reader: await hubReader(), runtime: await nodeRuntime() };
  const lab = await nodeLab(request.adapter);
  try {
    const rows =
      request.file === undefined
        ? await verifyFolder(lab, folder!, request, { dataset: request.data, tools, signal })
        : await verifyOne(lab, request.file, folder, { dataset: request.data, tools, signal });
    process.stdout.write(verifyText(rows));
    return rows.every(rowAgrees) ? 0 : 1;
  } finally {
    lab.gpu.destroy();
  }
}

/** One artefact; the records that measured it get the outcome. */
async function verifyOne(
  lab: Lab,
  path: string,
  folder: OutputFolder | undefined,
  options: VerifyOptions,
): Promise<VerifyRow[]> {
  const file = await readLocal(path, options.signal);
  const sum = await sha256Hex(file);
  const records = folder?.records.filter(({ artefactSha256 }) => artefactSha256 === sum) ?? [];
  if (folder && records.length === 0)
    throw new LabError(
      'bad-input',
      `No record in ${folder.path} is of ${path}: none has its checksum.`,
      'Name the folder of the run that wrote it.',
    );
  const dataset = options.dataset ?? records[0]?.quality.dataset;
  const outcome = await verifyFile(lab, basename(path), file, { ...options, dataset });
  for (const record of records) await folder!.save(withCrossCheck(record, outcome));
  if (records.length > 0) await drawCurve(folder!);
  const what = records[0]?.codec.spec ?? `sha256 ${sum.slice(0, 12)}…`;
  return [{ model: basename(path), what, outcome }];
}

/** Every chosen record of a sweep; what cannot be checked does not keep the others from it. */
async function verifyFolder(
  lab: Lab,
  folder: OutputFolder,
  request: VerifyRequest,
  options: VerifyOptions,
): Promise<VerifyRow[]> {
  const model = request.model === undefined ? undefined : CLI_PLAN_NAMES.model(request.model).id;
  const chosen = folder.records.filter((record) => isChosen(record, request.codec, model));
  if (chosen.length === 0)
    throw new LabError(
      'bad-input',
      `No record in ${folder.path} is chosen.`,
      'Leave out --codec or --model.',
    );
  const name = async (record: LabRecord) => model ?? openableName(record, request.offline, options.signal);
  const kept = withModelsKept(lab);
  const bar = new ProgressBar(process.stderr);
  bar.start(basename(folder.path));
  const started = performance.now();
  const rows: VerifyRow[] = [];
  try {
    for (const record of chosen) {
      throwIfAborted(options.signal);
      const fraction = rows.length / chosen.length;
      const say = (step: string) =>
        bar.update({
          fraction,
          step: `${record.codec.spec}: ${step}`,
          elapsedMs: performance.now() - started,
        });
      rows.push(await verifyRow(kept, folder, record, name, { ...options, say }));
    }
  } finally {
    bar.clear();
    await drawCurve(folder);
  }
  return rows;
}

/** A folder's name, or the last step of a model's path, is what its records call it. */
function isChosen({ codec, model }: LabRecord, spec: string | undefined, name: string | undefined): boolean {
  if (spec !== undefined && codec.spec !== spec) return false;
  return (
    name === undefined || model.id === name || model.id === basename(name) || name.startsWith(`${model.id}@`)
  );
}

async function verifyRow(
  lab: Lab,
  folder: OutputFolder,
  record: LabRecord,
  name: (record: LabRecord) => Promise<string>,
  options: VerifyOptions,
): Promise<VerifyRow> {
  const row = { model: record.model.id, what: record.codec.spec };
  try {
    const verified = await verifyRecord(lab, record, await name(record), options);
    await folder.save(verified);
    const { loadedElsewhere, inferenceAgrees } = verified.verification;
    return { ...row, outcome: { loadedElsewhere: loadedElsewhere!, inferenceAgrees } };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { ...row, outcome: error };
  }
}

/** What the lab opens a record's model by; one of the hub is looked up for it. */
async function openableName({ model }: LabRecord, offline: boolean, signal?: AbortSignal): Promise<string> {
  const name = modelName(model);
  if (EMBEDDED_MODELS.has(name) || TRAINING_MODELS.has(name)) return name;
  if (model.source !== 'hub')
    throw new LabError(
      'bad-input',
      `${name} is no embedded model.`,
      'Name its folder or file: --model PATH.',
    );
  // Records of one model ask the hub once.
  if (!hubModel(name)) await lookUpHubModel(name, offline, signal);
  return name;
}

/** The records of a folder share a few models: each is loaded once. */
function withModelsKept(lab: Lab): Lab {
  const models = new Map<string, Promise<Model>>();
  return {
    ...lab,
    openModel(id, signal) {
      const model = models.get(id) ?? lab.openModel(id, signal);
      models.set(id, model);
      return model;
    },
  };
}
