import { resolve } from 'node:path';
import { EMBEDDED_DATA } from '../../../src/lab/plan/presets';
import { OFFLINE } from '../../../src/platform/node/hub/models';
import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../shared/options';

const OPTIONS: OptionTable = {
  records: {
    value: 'FOLDER',
    help: 'folder of a sweep; each of its records, or with FILE those of that artefact, is checked and stores the outcome',
  },
  codec: { value: 'SPEC', help: 'check only records of this codec, spelled as in the table' },
  model: {
    value: 'NAME',
    help: 'check only records of this model; name a model in a folder by its path (default: all models)',
  },
  base: {
    value: 'NAME',
    help: 'the base of a difference; name a model in a folder by its path (default: the one in the record)',
  },
  data: {
    value: 'NAME',
    help: 'data set whose first window or images are run (default: the one in the record, or the default of the task)',
  },
  adapter: ADAPTER,
};

export const VERIFY_HELP = `Usage: npm run verify -- --records FOLDER [options]
       npm run verify -- FILE [--records FOLDER] [options]

Cross-checks weights with independent programs. The artefact of each record is built again (or FILE is taken, as \`compress\`
or \`train\` wrote it), decoded, and written as a checkpoint in hub layout, which @huggingface/hub reads and ONNX Runtime runs on
the CPU. The results are compared with our GPU on one window of 128 tokens or four images. The exit code is 1 if anything
differs or cannot be checked.

${optionsHelp(OPTIONS)}`;

export interface VerifyRequest {
  file?: string;
  records?: string;
  codec?: string;
  model?: string;
  base?: string;
  data?: string;
  adapter?: string;
  /** Whether models of the hub may only be read from the local cache. */
  offline: boolean;
}

/** Parses the arguments of `npm run verify`. @throws LabError bad-plan for every invalid option */
export function parseVerify(args: readonly string[]): VerifyRequest {
  const named = args.length > 0 && !args[0].startsWith('-');
  const given = readArguments(args, OPTIONS, named ? ['FILE'] : []);
  const request = {
    file: named ? resolve(given.positionals[0]) : undefined,
    records: given.path('records'),
    codec: given.value('codec'),
    model: given.value('model'),
    base: given.value('base'),
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
      'Neither an artefact nor --records is given.',
      'Name an artefact as the first argument, or --records FOLDER.',
    );
  if (file && (codec || model))
    throw usage('--codec and --model select records, and FILE is one artefact.', 'Leave them out.');
  if (data !== undefined && !EMBEDDED_DATA.has(data))
    throw usage(
      `There is no data set "${data.slice(0, 60)}".`,
      `Name one of ${[...EMBEDDED_DATA.keys()].join(', ')}.`,
    );
}
