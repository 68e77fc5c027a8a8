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
import { modelName, type RecordedModel } from '../../../src/lab/results/modelName';
import { isEmbedded } from '../../../src/models/embedded';
import type { LabRecord } from '../../../src/lab/results/record';
import type { Model } from '../../../src/models/model';
import { runCommand } from '../../shared/command';
import { readLocal } from '../../../src/platform/node/localFile';
import { hubModel, lookUpHubModel } from '../../../src/platform/node/hub/models';
import { nodeLab } from '../../../src/platform/node/lab';
import { nodeRuntime } from '../../../src/platform/node/onnxRuntime';
import { drawCurve } from '../../shared/curveHtml';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { TerminalProgress } from '../../../src/platform/node/terminalProgress';
import { parseVerify, VERIFY_HELP, type VerifyRequest } from './options';
import { rowAgrees, verifyText, type VerifyRow } from './report';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

/** Runs `npm run verify`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: VERIFY_HELP, parse: parseVerify, execute: verify }, args);
}

async function verify(request: VerifyRequest, signal: AbortSignal): Promise<number> {
  const folder = request.records === undefined ? undefined : await OutputFolder.openExisting(request.records);
  const tools = { reader: await hubReader(), runtime: await nodeRuntime() };
  const lab = await nodeLab(request.adapter, 'auto');
  try {
    const baseName = request.base === undefined ? undefined : CLI_PLAN_NAMES.model(request.base).id;
    const options = { dataset: request.data, baseName, tools, signal };
    const rows =
      request.file === undefined
        ? await verifyFolder(lab, folder!, request, options)
        : await verifyOne(lab, request.file, folder, options);
    process.stdout.write(verifyText(rows));
    return rows.every(rowAgrees) ? 0 : 1;
  } finally {
    lab.gpu?.destroy();
  }
}

/** Cross-checks one artefact and stores the outcome in the records that measured it. */
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
      `No record in ${folder.path} has the checksum of ${path}.`,
      'Name the folder of the sweep that measured it.',
    );
  const dataset = options.dataset ?? records[0]?.quality.dataset;
  const measuredOn = records[0]?.environment.compute;
  const outcome = await verifyFile(lab, basename(path), file, { ...options, dataset, measuredOn });
  for (const record of records) await folder!.save(withCrossCheck(record, outcome));
  if (records.length > 0) await drawCurve(folder!);
  const what = records[0]?.codec.spec ?? `sha256 ${sum.slice(0, 12)}…`;
  return [{ model: basename(path), what, outcome }];
}

/** Cross-checks every chosen record of a sweep; one that cannot be checked does not stop the others. */
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
      `No record in ${folder.path} matches --codec and --model.`,
      'Leave out --codec or --model.',
    );
  const name = async (found: RecordedModel, option: string) =>
    openableName(found, option, request.offline, options.signal);
  const names = async ({ model: measured, codec: { base } }: LabRecord): Promise<RecordNames> => ({
    model: model ?? (await name(measured, '--model')),
    baseName: options.baseName ?? (base && (await name(base, '--base'))),
  });
  const caching = withModelCache(lab);
  const bar = new TerminalProgress(process.stderr);
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
      rows.push(await verifyRow(caching, folder, record, names, { ...options, say }));
    }
  } finally {
    bar.clear();
    await drawCurve(folder);
  }
  return rows;
}

/** Whether a record matches --codec and --model. Records name a model in a folder by the last part of its path. */
function isChosen({ codec, model }: LabRecord, spec: string | undefined, name: string | undefined): boolean {
  if (spec !== undefined && codec.spec !== spec) return false;
  return (
    name === undefined || model.id === name || model.id === basename(name) || name.startsWith(`${model.id}@`)
  );
}

/** The names by which the lab opens the models of a record. */
interface RecordNames {
  model: string;
  baseName?: string;
}

async function verifyRow(
  lab: Lab,
  folder: OutputFolder,
  record: LabRecord,
  names: (record: LabRecord) => Promise<RecordNames>,
  options: VerifyOptions,
): Promise<VerifyRow> {
  const row = { model: record.model.id, what: record.codec.spec };
  try {
    const { model, baseName } = await names(record);
    const verified = await verifyRecord(lab, record, model, { ...options, baseName });
    await folder.save(verified);
    const { loadedElsewhere, inferenceAgrees } = verified.verification;
    return { ...row, outcome: { loadedElsewhere: loadedElsewhere!, inferenceAgrees } };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { ...row, outcome: error };
  }
}

/**
 * Returns the name by which the lab opens a model of a record. A model of the hub is looked up first.
 * @param option the option that names a model of this machine
 */
async function openableName(
  model: RecordedModel,
  option: string,
  offline: boolean,
  signal?: AbortSignal,
): Promise<string> {
  const name = modelName(model);
  // A folder may have the name of an embedded model, and the artefact states where its models came from.
  if (model.source !== 'local' && isEmbedded(name)) return name;
  if (model.source !== 'hub')
    throw new LabError(
      'bad-input',
      `${name} is not an embedded model.`,
      `Name its folder or file: ${option} PATH.`,
    );
  // The hub is asked once for each model.
  if (!hubModel(name)) await lookUpHubModel(name, offline, signal);
  return name;
}

/** Returns a lab that loads each model once, since the records of a folder share a few models. */
function withModelCache(lab: Lab): Lab {
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
