import { basename } from 'node:path';
import { sha256Hex } from '../../../../src/base/checksum';
import { LabError } from '../../../../src/base/errors';
import type { Gpu } from '../../../../src/gpu/gpu';
import type { Model } from '../../../../src/models/model';
import { ggufLayout } from '../../../../src/models/gguf/layout';
import { importGguf, type GgufModel } from '../../../../src/models/gguf/import';
import { objectsIn } from '../../../../src/models/tokenizer/json';
import { loadTokenizer, type Tokenizer } from '../../../../src/models/tokenizer/tokenizer';
import { tokenizerOf } from '../../../../src/models/tokenizer/tokenizerOf';
import { agreementOf, hasTolerance, passes, relativeWeightError, type CheckResult } from './agreement';
import { writeWhole } from '../../../../src/platform/node/writeFile';
import { readLocal } from '../../../../src/platform/node/localFile';
import { checkContext, tokensAfter } from './context';
import { describeFile, sourceSha256 } from './facts';
import { LlamaCpp } from './llamaCpp';
import { independentRuntime, RecordsToMark } from './records';
import { ReferenceModel, type TokenScores } from './reference';
import { ggufCheckText } from './report';
import type { TensorSource } from '../../../../src/runtime/forward/weights';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { runCommand } from '../../../shared/command';
import { COMPARED_TOKENS, GGUF_CHECK_HELP, parseGgufCheck, type GgufCheckRequest } from './options';

/** Texts with spaces, digits, quotes, accents and an emoji, which tokenizers most often split differently. */
const TEXTS = ['Hello world, it’s 2024!', '  two  spaces\nand a new line', 'naïve café 🙂 "x" = 3.14'];

/** Number of special tokens with which texts are made. */
const SPECIAL_TOKENS = 4;

/** The services of scripts/cli.mjs for commands that need a browser. */
export interface BrowserHost {
  /** Returns the path of a Chromium, which is installed if there is none. */
  findChromium(): Promise<string>;
}

/** Runs `npm run gguf -- check`. @returns the exit code */
export function main(args: readonly string[], host: BrowserHost): Promise<number> {
  return runCommand(
    {
      help: GGUF_CHECK_HELP,
      parse: parseGgufCheck,
      execute: (request, signal) => check(request, host, signal),
    },
    args,
  );
}

async function check(request: GgufCheckRequest, host: BrowserHost, signal: AbortSignal): Promise<number> {
  const bytes = await readLocal(request.file, signal);
  const model = await importGguf(bytes, basename(request.file), { signal });
  const records = request.records
    ? await RecordsToMark.open(request.records, sourceSha256(model), hasTolerance(model))
    : undefined;
  const text = await readPrompt(request.prompt, model, signal);
  const result = await measure(request, bytes, model, text, await host.findChromium(), signal);
  if (request.out) await writeWhole(request.out, `${JSON.stringify(result, null, 2)}\n`);
  const marked = await records?.mark(independentRuntime(result));
  process.stdout.write(ggufCheckText(request.file, result, marked));
  return passes(result) ? 0 : 1;
}

/** The prompt, tokenised by the file's tokenizer, and the number of tokens after it that are compared. */
interface PromptText {
  tokenizer: Tokenizer;
  ids: readonly number[];
  count: number;
}

async function readPrompt(prompt: string, model: GgufModel, signal: AbortSignal): Promise<PromptText> {
  const tokenizer = await loadTokenizer(model.assets);
  const ids = [...(await tokenizer.encode(prompt, { signal }))];
  return { tokenizer, ids, count: tokensAfter(ids.length, model.shape.maxContext, COMPARED_TOKENS) };
}

async function measure(
  request: GgufCheckRequest,
  bytes: Uint8Array,
  model: GgufModel,
  text: PromptText,
  chromium: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  const ours = await computeHere(request, model, text, signal);
  const { fromFile } = ours;
  const { prompt, file } = request;
  return LlamaCpp.with(file, chromium, checkContext(model.shape.maxContext), signal, async (llama) => {
    const scored = await llama.score(prompt, fromFile.ids);
    const { tolerance } = ggufLayout(model.shape.architecture);
    const times = await llama.time(prompt, fromFile.ids.length);
    return {
      file: { ...describeFile(model), bytes: bytes.byteLength, sha256: await sha256Hex(bytes) },
      llamaCpp: llama.version,
      prompt,
      tokenizer: [...(await compareTexts(ours.texts, llama, hasTolerance(model) ? tolerance : null))],
      agreement: agreementOf(fromFile, scored),
      tolerance: hasTolerance(model) ? tolerance : null,
      ...{ msPerToken: times.generated, promptMsPerToken: times.prompt },
      peakResidentBytes: await llama.peakResidentBytes(),
      ...(ours.source && {
        model: {
          id: ours.source.id,
          relativeL2: ours.source.relativeL2,
          agreement: agreementOf(ours.source.scores, scored),
        },
      }),
    };
  });
}

/** Computes the greedy tokens and their log-probabilities from the weights of the file and, if named, of the model. */
async function computeHere(
  request: GgufCheckRequest,
  model: GgufModel,
  { tokenizer, ids, count }: PromptText,
  signal: AbortSignal,
) {
  const lab = await nodeGpuLab(request.adapter);
  try {
    const source = request.model === undefined ? undefined : await lab.openModel(request.model, signal);
    if (source) checkSameShape(model, source);
    const greedyOf = async (reference: ReferenceModel) => {
      const greedy = wholeCharacters(await reference.greedy(ids, count, stopIdsOf(model), signal), tokenizer);
      requireTokens(greedy);
      return greedy;
    };
    const greedy = source && (await withReference(lab.gpu, source, signal, greedyOf));
    return await withReference(lab.gpu, model, signal, async (ofFile) => {
      const fromFile = greedy ? await ofFile.score(ids, greedy.ids, signal) : await greedyOf(ofFile);
      const assets = source?.assets ?? model.assets;
      const texts = await textsToCompare(
        ofFile,
        model,
        tokenizer,
        { prompt: request.prompt, assets },
        signal,
      );
      const compared = source && {
        id: source.id,
        relativeL2: await relativeWeightError(source, model, signal),
        scores: greedy!,
      };
      return { fromFile, source: compared, texts };
    });
  } finally {
    lab.gpu.destroy();
  }
}

/** Calls `work` with a model on the GPU, one after the other, since two need not fit. */
async function withReference<T>(
  gpu: Gpu,
  model: TensorSource,
  signal: AbortSignal,
  work: (reference: ReferenceModel) => Promise<T>,
): Promise<T> {
  const reference = await ReferenceModel.open(gpu, model, signal);
  try {
    return await work(reference);
  } finally {
    reference.dispose();
  }
}

function checkSameShape(file: GgufModel, model: Model): void {
  const layout = ({ shape }: Model) => JSON.stringify(shape.tensors.map((t) => [t.name, t.matrix]));
  if (layout(file) === layout(model)) return;
  throw new LabError(
    'bad-input',
    `${file.id} was not exported from ${model.id}: tensor names or shapes differ.`,
    'Name the model that the file was exported from, or leave out --model.',
  );
}

function stopIdsOf({ config }: GgufModel): ReadonlySet<number> {
  return new Set(typeof config.eos_token_id === 'number' ? [config.eos_token_id] : []);
}

/**
 * Cuts the tokens before the first one that ends inside a character, since llama.cpp's grammars cannot express what
 * follows it.
 */
function wholeCharacters({ ids, logprobs }: TokenScores, tokenizer: Tokenizer): TokenScores {
  const broken = ids.findIndex((_, i) => tokenizer.decode(ids.slice(0, i + 1)).endsWith('\ufffd'));
  const length = broken < 0 ? ids.length : broken;
  return { ids: ids.slice(0, length), logprobs: logprobs.slice(0, length) };
}

function requireTokens({ ids }: TokenScores): void {
  if (ids.length > 0) return;
  throw new LabError(
    'bad-input',
    'The continuation of the prompt is empty or begins with an incomplete character, so there is nothing to compare.',
    'Give another --prompt.',
  );
}

/** A text that llama.cpp must split as the model does. */
interface ComparedText {
  text: string;
  /** The ids by the tokenizer of the model, or of the GGUF file if no model is named. */
  ids: readonly number[];
  /** Whether the tokenizer of the file gives the same ids. */
  sameInFile: boolean;
  /** The most likely token after them; undefined if it ends the text or breaks off inside a character. */
  next?: { id: number; logprob: number };
}

/** Splits texts by the tokenizers of the file and of the model, and computes what follows them. */
async function textsToCompare(
  reference: ReferenceModel,
  file: GgufModel,
  ofFile: Tokenizer,
  { prompt, assets }: { prompt: string; assets: ReadonlyMap<string, Uint8Array> },
  signal: AbortSignal,
): Promise<ComparedText[]> {
  const tokenizer = await loadTokenizer(assets);
  const texts: ComparedText[] = [];
  for (const text of [prompt, ...TEXTS, ...specialTexts(assets)]) {
    const ids = [...(await tokenizer.encode(text))];
    const sameInFile = String(await ofFile.encode(text)) === String(ids);
    const after = await reference.greedy(ids, 1, stopIdsOf(file), signal);
    const { ids: whole, logprobs } = wholeCharacters(after, ofFile);
    const next = whole.length > 0 ? { id: whole[0], logprob: logprobs[0] } : undefined;
    texts.push({ text, ids, sameInFile, ...(next && { next }) });
  }
  return texts;
}

/**
 * Compares the tokens of texts with those of llama.cpp. wllama tells their number but not their ids, so these are compared by the
 * log-probability of the token that follows, which other ids would change.
 * @param tolerance in nats; null if none is known, and then only numbers of tokens are compared
 */
async function compareTexts(
  texts: readonly ComparedText[],
  llama: LlamaCpp,
  tolerance: number | null,
): Promise<CheckResult['tokenizer']> {
  const compared: CheckResult['tokenizer'] = [];
  for (const { text, ids, sameInFile, next } of texts) {
    const byIds = next !== undefined && tolerance !== null;
    const scored = byIds ? await llama.score(text, [next.id]) : undefined;
    const count = scored?.promptTokens ?? (await llama.countTokens(text));
    const same = !scored || Math.abs(scored.logprobs[0] - next!.logprob) <= tolerance!;
    compared.push({ text, here: ids.length, llamaCpp: count, sameIds: sameInFile && same, byIds });
  }
  return compared;
}

/** Returns texts with special tokens between words and at both ends, where programs add spaces or not. */
function specialTexts(assets: ReadonlyMap<string, Uint8Array>): string[] {
  const added = objectsIn(tokenizerOf(assets), 'added_tokens');
  const contents = new Set(
    added.flatMap((token) => (typeof token?.content === 'string' ? [token.content] : [])),
  );
  return [...contents]
    .slice(0, SPECIAL_TOKENS)
    .flatMap((token) => [`Once upon${token}Lily was`, `${token} a day ${token}`]);
}
