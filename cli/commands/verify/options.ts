import { resolve } from 'node:path';
import { EMBEDDED_DATA } from '../../../src/lab/plan/presets';
import { OFFLINE } from '../../../src/platform/node/hub/models';
import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../shared/options';

const OPTIONS: OptionTable = {
  records: {
    value: 'FOLDER',
    help: 'folder of a sweep: every record is checked, or with FILE those of that artefact, and gets the outcome',
  },
  codec: { value: 'SPEC', help: 'of the folder only records of this codec, as the table spells it' },
  model: {
    value: 'NAME',
    help: 'of the folder only records of this model; a folder is named by its path (default: all models, by their names)',
  },
  data: {
    value: 'NAME',
    help: 'data set whose beginning is run (default: the one measured on, or the task’s usual one)',
  },
  adapter: ADAPTER,
};

export const VERIFY_HELP = `Usage: npm run verify -- --records FOLDER [options]
       npm run verify -- FILE [--records FOLDER] [options]

Makes the artefact of each record again (or takes FILE, of \`compress\` or \`train\`), decodes it, writes it as a checkpoint in hub
layout, has that read by @huggingface/hub and run by ONNX Runtime on the CPU, and compares with our GPU: one window of 128
tokens, or four images. Exit code 1 where something disagrees or could not be checked.

${optionsHelp(OPTIONS)}`;

export interface VerifyRequest {
  file?: string;
  records?: string;
  codec?: string;
  model?: string;
  data?: string;
  adapter?: string;
  /** The records' models of the hub must be kept here. */
  offline: boolean;
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseVerify(args: readonly string[]): VerifyRequest {
  const named = args.length > 0 && !args[0].startsWith('-');
  const given = readArguments(args, OPTIONS, named ? ['FILE'] : []);
  const request = {
    file: named ? resolve(given.positionals[0]) : undefined,
    records: given.path('records'),
    codec: given.value('codec'),
    model: given.value('model'),
    data: given.value('data'),
    adapter: given.value('adapter'),
    offline: args.includes(OFFLINE),
  };
  checkTogether(request);
  return request;
}

function checkTogether({ file, records, codec, model, data }: VerifyRequest): void {
  if (!file && !records)
    throw usage(
      'Nothing to verify is named.',
      'Name an artefact as the first argument, or --records FOLDER.',
    );
  if (file && (codec || model))
    throw usage('--codec and --model choose among records; FILE is one artefact.', 'Leave them out.');
  if (data !== undefined && !EMBEDDED_DATA.has(data))
    throw usage(
      `There is no data set "${data.slice(0, 60)}".`,
      `Name one of ${[...EMBEDDED_DATA.keys()].join(', ')}.`,
    );
}
