import { PEER_KINDS, PEER_LAYERS, PEER_ROWS, type PeerKind } from '../../../../src/bench/peers';
import { SWEPT_MODELS } from '../../../../src/lab/plan/presets';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';
import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../../shared/options';
import { samplingSeconds } from '../options';

const LAYERS = Object.keys(PEER_LAYERS);

/** The kind that compares whole models. */
const MODELS_KIND = 'models';

const OPTIONS: OptionTable = {
  kind: {
    value: 'NAME',
    help: `${[...PEER_KINDS, MODELS_KIND].join(', ')} (repeatable; default: all)`,
    repeatable: true,
  },
  layers: {
    value: 'NAME',
    help: `${LAYERS.join(', ')}: whose layers are multiplied (repeatable; default: all)`,
    repeatable: true,
  },
  model: {
    value: 'NAME',
    help: 'embedded model or folder in hub layout that is run as a whole (repeatable; default: the embedded ones)',
    repeatable: true,
  },
  rows: {
    value: 'M',
    help: `${PEER_ROWS.join(', ')}: input rows (repeatable; default: all)`,
    repeatable: true,
  },
  adapter: ADAPTER,
  seconds: { value: 'N', help: 'maximum sampling time of one product in seconds (default: 1)' },
  out: { value: 'FILE', help: 'also write the results as JSON; other products that FILE holds are kept' },
};

export const PEERS_HELP = `Usage: npm run bench -- peers [options]

Compares our matrix products with those of ONNX Runtime's WebGPU provider on the same adapter, in the shapes of published
models: float32 with its MatMul, and int4 in groups of 32 with its MatMulNBits. The kind low-bit compares our products of
integer weights with our float32 product. The kind models compares whole forward passes and one decoding step with a cache, in
float32 and int4, with the same graphs in ONNX Runtime, and our perplexity with our matrix products alone. Both sides are verified against float64 first, then timed alternately. The exit
code is 1 if one of our products does not verify.

${optionsHelp(OPTIONS)}`;

export interface PeersRequest {
  kinds: readonly PeerKind[];
  /** Names of models whose layers are multiplied. */
  layers: readonly string[];
  /** Ids or folders of models that are run as a whole. */
  models: readonly string[];
  rows: readonly number[];
  adapter?: string;
  seconds: number;
  out?: string;
}

/** Parses the arguments of `npm run bench -- peers`. @throws LabError bad-plan for every invalid option */
export function parsePeers(args: readonly string[]): PeersRequest {
  const given = readArguments(args, OPTIONS);
  const kinds = chosen('kind', given.values.get('kind'), [...PEER_KINDS, MODELS_KIND]);
  const models = given.values.get('model') ?? [...SWEPT_MODELS.keys()];
  return {
    kinds: PEER_KINDS.filter((kind) => kinds.includes(kind)),
    layers: chosen('layers', given.values.get('layers'), LAYERS),
    models: kinds.includes(MODELS_KIND) ? models.map((name) => CLI_PLAN_NAMES.model(name).id) : [],
    rows: chosen('rows', given.values.get('rows'), PEER_ROWS.map(String)).map(Number),
    adapter: given.value('adapter'),
    seconds: samplingSeconds(given.value('seconds') ?? '1'),
    out: given.path('out'),
  };
}

function chosen<T extends string>(
  name: string,
  values: readonly string[] | undefined,
  all: readonly T[],
): T[] {
  const unknown = values?.find((value) => !all.some((known) => known === value));
  if (unknown !== undefined)
    throw usage(`--${name} cannot be "${unknown.slice(0, 60)}".`, `Choose from ${all.join(', ')}.`);
  return all.filter((known) => !values || values.includes(known));
}
