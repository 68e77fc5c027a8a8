import { bytes, fixed, grouped, significant, withError } from '../../base/format';
import { INFERENCE_TOLERANCE } from './inference';
import { hadNoAdapter } from '../lab';
import type { LabRecord } from '../results/record';

/** The state of a verification step. */
export type StepState = 'done' | 'failed' | 'not-done';

/** One of the six steps that verify a record. */
export interface VerificationStep {
  id: 'decoded' | 'reference' | 'loaded' | 'inference' | 'quality' | 'sizes';
  label: string;
  state: StepState;
  /** The finding with its figure, or the reason why there is none. */
  text: string;
}

type Finding = Pick<VerificationStep, 'state' | 'text'>;

/** Returns the six steps of a record, always all of them and in this order. */
export function verificationSteps(record: LabRecord): readonly VerificationStep[] {
  return [
    { id: 'decoded', label: 'Decoded from the file', ...decoded(record) },
    { id: 'reference', label: 'GPU matches reference', ...reference(record) },
    { id: 'loaded', label: 'Read by another program', ...loaded(record) },
    { id: 'inference', label: 'Run by another program', ...inference(record) },
    { id: 'quality', label: 'Quality measured', ...quality(record) },
    { id: 'sizes', label: 'Sizes counted', ...sizes(record) },
  ];
}

const done = (text: string): Finding => ({ state: 'done', text });
const failed = (text: string): Finding => ({ state: 'failed', text });
const notDone = (text: string): Finding => ({ state: 'not-done', text });

function decoded({ role, verification, artefactSha256, size }: LabRecord): Finding {
  if (role === 'baseline')
    return notDone('The baseline is the uncompressed model: there is no file to decode.');
  if (!verification.fromArtefact) return failed('The weights measured did not come from the file.');
  const sum = artefactSha256 ? ` (sha256 ${artefactSha256.slice(0, 12)}…)` : '';
  return done(`The weights measured came from ${grouped(size.totalBytes)} bytes of file${sum}.`);
}

function reference({ role, verification, environment }: LabRecord): Finding {
  if (role === 'baseline') return notDone('Nothing was decoded.');
  if (hadNoAdapter(environment))
    return notDone('There was no WebGPU adapter: the reference in plain code decoded the file itself.');
  const { gpuMatchesReference: matches, packedDeltaNll: packed } = verification;
  if (matches === null) return notDone('The file codes no tensor: there is nothing to decode.');
  if (!matches) return failed('The GPU decodes other values than the reference in plain code.');
  const path =
    packed === undefined
      ? ''
      : ` Packed layers change a token’s loss by at most ${significant(packed)} nats.`;
  return done(`The GPU decodes what the reference in plain code decodes.${path}`);
}

function loaded({ verification: { loadedElsewhere: found } }: LabRecord): Finding {
  if (!found) return notDone('No other reader has opened the decoded weights yet.');
  if (found.agrees)
    return done(
      `${found.name} finds every tensor of the decoded weights: names, types, shapes, places, values.`,
    );
  return failed(
    `${found.name} does not find what was written${found.difference ? `: ${found.difference}` : ''}.`,
  );
}

interface Run {
  name: string;
  value: number | null;
  agrees: boolean;
}

function inference({
  environment,
  verification: { inferenceAgrees, independentRuntime },
}: LabRecord): Finding {
  const measuring =
    environment.compute === 'cpu' ? `those of ${environment.cpuRuntime ?? 'the CPU'}` : 'ours';
  const texts = [
    // llama.cpp's tolerance depends on the architecture; docs/gguf.md has it.
    ...(inferenceAgrees ? [runText(inferenceAgrees, measuring, ` (allowed ${INFERENCE_TOLERANCE})`)] : []),
    ...(independentRuntime ? [runText(independentRuntime, 'ours', '')] : []),
  ];
  if (texts.length === 0) return notDone('No other program has run the decoded weights yet.');
  const agree = inferenceAgrees?.agrees !== false && independentRuntime?.agrees !== false;
  return agree ? done(texts.join(' ')) : failed(texts.join(' '));
}

function runText({ name, value, agrees }: Run, measuring: string, allowed: string): string {
  if (value === null) return `${name} computes something that is not a number.`;
  const far = `log-probabilities differ from ${measuring} by up to ${significant(value)} nats`;
  return agrees ? `${name} agrees: its ${far}.` : `${name} does not agree: its ${far}${allowed}.`;
}

function quality({ status, quality: q }: LabRecord): Finding {
  const images = q.task === 'image-accuracy';
  const value = images
    ? `${withError(100 * q.value, 100 * q.standardError)} % of ${grouped(q.images ?? 0)} images right`
    : `perplexity ${withError(q.value, q.standardError)} over ${grouped(q.scoredTokens ?? 0)} tokens`;
  if (status === 'partial') return notDone(`Only part was measured: ${value} of ${q.dataset}.`);
  return done(`${value[0].toUpperCase()}${value.slice(1)} of ${q.dataset}.`);
}

function sizes({ role, size }: LabRecord): Finding {
  const parts = Object.values(size.parts).reduce((sum, part) => sum + part, 0);
  if (parts + size.assetBytes !== size.totalBytes)
    return failed(
      `Parts of ${grouped(parts + size.assetBytes)} bytes are not the ${grouped(size.totalBytes)} bytes of the file.`,
    );
  if (role === 'baseline') return done(`${bytes(size.totalBytes)}: four bytes for each weight.`);
  return done(
    `The parts add up to the file; without tokenizer ${grouped(parts)} bytes, ${fixed(size.bitsPerWeight, 2)} bits per weight.`,
  );
}
