import { PEER_KINDS, PEER_LAYERS, PEER_ROWS, type PeerKind } from '../../../../src/bench/peers';
import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../../shared/options';
import { samplingSeconds } from '../options';

const MODELS = Object.keys(PEER_LAYERS);

const OPTIONS: OptionTable = {
  kind: {
    value: 'NAME',
    help: `${PEER_KINDS.join(', ')} (repeatable; default: all)`,
    repeatable: true,
  },
  model: {
    value: 'NAME',
    help: `${MODELS.join(', ')}: whose layers (repeatable; default: all)`,
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
integer weights with our float32 product. Both sides are verified against float64 first, then timed alternately. The exit
code is 1 if one of our products does not verify.

${optionsHelp(OPTIONS)}`;

export interface PeersRequest {
  kinds: readonly PeerKind[];
  models: readonly string[];
  rows: readonly number[];
  adapter?: string;
  seconds: number;
  out?: string;
}

/** Parses the arguments of `npm run bench -- peers`. @throws LabError bad-plan for every invalid option */
export function parsePeers(args: readonly string[]): PeersRequest {
  const given = readArguments(args, OPTIONS);
  return {
    kinds: chosen('kind', given.values.get('kind'), PEER_KINDS),
    models: chosen('model', given.values.get('model'), MODELS),
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
