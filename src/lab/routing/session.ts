import { Artefact } from '../../artefact/read';
import type { StoredArtefact } from '../../artefact/sink';
import { restoredWeights, streamedArtefact } from '../../artefact/weights';
import type { Rest, Scope } from '../../artefact/recipe';
import { LabError } from '../../base/errors';
import { grouped } from '../../base/format';
import type { CodecSpec } from '../../codecs/contract/meta';
import { formatCodec } from '../../codecs/contract/spec';
import { textEvaluator } from '../../evaluate/text';
import { someUncertainty, type RowUncertainty } from '../../evaluate/uncertainty';
import type { Model } from '../../models/model';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { isStreamed, type StreamedWeights } from '../../runtime/forward/streamedWeights';
import type { OwnedWeights } from '../../runtime/forward/weights';
import { compressModel } from '../artefacts/compress';
import { refuseHeldOutText } from '../calibration/heldOut';
import { artefactSink } from '../floatModel';
import { fitsGraph } from '../generate/decoder';
import type { Lab } from '../lab';
import type { CalibrationPlan, Plan } from '../plan/plan';
import { measuresInParts, openBaseline } from '../run/baseline';
import { measureGeneration } from '../run/latency';
import type { WindowTrace } from './cascade';
import type { SingleCodec, VariantSpeed } from './curve';

/** One of the two variants: a model with a codec. `float32` is the model as it is. */
export interface Variant {
  model: string;
  spec: CodecSpec;
}

/** What all variants are measured on. */
export interface RoutingRequest {
  /** Text that costs and losses are measured on. */
  data: string;
  /** Tokens of a window. */
  context: number;
  /** Maximum number of windows of that text. */
  windows: number;
  /** Text for thresholds, of which at most as many windows are used, and for calibrated codecs. */
  calibration: CalibrationPlan;
  fitWindows: number;
  scope: Scope;
  rest: Rest;
  seed: number;
  /** Bytes that weights and activations may take; a model that needs more is measured part by part. */
  memory?: number;
}

/** Losses and uncertainty of every token but the first of each window, window by window. */
interface TextTrace {
  nll: Float64Array;
  uncertainty: RowUncertainty;
  prefillTokensPerSecond: number;
}

/** A measured variant. */
export interface MeasuredVariant {
  variant: Variant;
  /** Bytes of its weights: the artefact without tokenizer, or four for each weight of `float32`. */
  bytes: number;
  fit: TextTrace;
  heldOut: TextTrace;
  /** Absent unless the session times generation. */
  speed?: VariantSpeed;
}

/** The tokens of the texts that thresholds are fitted on and that costs and losses are measured on. */
interface TokenizedTexts {
  fit: Uint32Array;
  heldOut: Uint32Array;
}

/** How one measurement is stopped and followed. */
export interface RoutingControl {
  signal?: AbortSignal;
  /** Receives the share that is done, 0 … 1, and the current step. */
  onProgress?: (fraction: number, step: string) => void;
}

/** Tokens whose generation is timed for prices. */
const TIMED_TOKENS = 100;
/** Share of a measurement's time that compression takes, for progress. */
const COMPRESS_SHARE = 0.3;

/** Measures variants on the same windows of a calibration text and of a held-out one. */
export class RoutingSession {
  private readonly lab: Lab;
  private readonly request: RoutingRequest;
  private readonly timed: boolean;
  private readonly models = new Map<string, Promise<Model>>();
  /** The tokens of the two texts by the name of the model. */
  private readonly texts = new Map<string, TokenizedTexts>();
  /** Speeds that all variants of a model share, by its name. */
  private readonly speeds = new Map<string, VariantSpeed>();

  /** @param timed whether the speed of generating text is measured, too */
  constructor(lab: Lab, request: RoutingRequest, { timed }: { timed: boolean }) {
    this.lab = lab;
    this.request = request;
    this.timed = timed;
  }

  /**
   * Compresses a variant, restores it from its bytes, and measures both texts.
   * @throws LabError bad-plan for a model of another task, with another tokenizer than the first, or that does not fit the memory if
   * generation is timed; as compressing and measuring; Cancelled
   */
  async measure(variant: Variant, { signal, onProgress }: RoutingControl): Promise<MeasuredVariant> {
    const label = `${variant.model} ${formatCodec(variant.spec)}`;
    const say = (fraction: number, step: string) =>
      onProgress?.(fraction, `${formatCodec(variant.spec)}: ${step}`);
    say(0, 'loading');
    const model = await this.openModel(variant.model, signal);
    const texts = await this.tokenize(variant.model, model, signal);
    const restored = await this.restore(model, variant.spec, {
      signal,
      onProgress: (fraction) => say(COMPRESS_SHARE * fraction, 'compressing'),
    });
    try {
      const { windows, fitWindows } = this.request;
      const total = windows + fitWindows;
      const trace = (ids: Uint32Array, limit: number, before: number) =>
        this.trace(model, restored.weights, ids, limit, {
          label,
          signal,
          onProgress: (done) =>
            say(COMPRESS_SHARE + (1 - COMPRESS_SHARE) * ((before + done) / total), 'measuring'),
        });
      const fit = await trace(texts.fit, fitWindows, 0);
      const heldOut = await trace(texts.heldOut, windows, fitWindows);
      const measured = { variant, bytes: restored.bytes, fit, heldOut };
      if (!this.timed) return measured;
      say(1, 'timing single tokens');
      return { ...measured, speed: await this.speed(variant, model, { ...restored, heldOut }, signal) };
    } finally {
      await restored.dispose();
    }
  }

  /** Measures how fast a variant runs. On the CPU all variants of a model run as float32, so that one timing serves them all. */
  private async speed(
    { model: name }: Variant,
    model: Model,
    { weights, file, heldOut }: Pick<RestoredVariant, 'weights' | 'file'> & { heldOut: TextTrace },
    signal?: AbortSignal,
  ): Promise<VariantSpeed> {
    const { cpu } = this.lab;
    const isShared = cpu !== undefined && fitsGraph(cpu, model.shape) && !weights.inputRounding;
    const known = isShared ? this.speeds.get(name) : undefined;
    if (known) return known;
    const { perSecond } = await measureGeneration(this.lab, { model, file }, TIMED_TOKENS, { signal });
    const speed = { decode: perSecond.median, prefill: heldOut.prefillTokensPerSecond };
    if (isShared) this.speeds.set(name, speed);
    return speed;
  }

  /**
   * Checks models before anything is measured.
   * @throws LabError bad-plan for a model of another task, or with another tokenizer than the first; Cancelled
   */
  async check(models: readonly string[], signal?: AbortSignal): Promise<void> {
    for (const name of models) await this.tokenize(name, await this.openModel(name, signal), signal);
  }

  private openModel(id: string, signal?: AbortSignal): Promise<Model> {
    const opened = this.models.get(id) ?? this.lab.openModel(id, signal);
    this.models.set(id, opened);
    return opened;
  }

  /** Tokenizes both texts by the first model, and compares the tokens of another one with its tokens. */
  private async tokenize(name: string, model: Model, signal?: AbortSignal): Promise<TokenizedTexts> {
    const known = this.texts.get(name);
    if (known) return known;
    this.checkModel(model);
    const { lab, request } = this;
    const { data } = request.calibration;
    const heldOut = await lab.openText(request.data, signal);
    const fit = await lab.openText(data, signal);
    const measured = { id: request.data, sha256: heldOut.sha256 };
    await refuseHeldOutText(fit, { lab, data, use: 'calibration', measured, signal });
    const tokenizer = await loadTokenizer(model.assets);
    const encode = (text: string) => tokenizer.encode(text, { signal, cache: lab.tokenCache });
    const texts = { fit: await encode(fit.text), heldOut: await encode(heldOut.text) };
    for (const [other, { fit, heldOut }] of this.texts)
      if (!isEqual(texts.fit, fit) || !isEqual(texts.heldOut, heldOut))
        throw differentTokens(model.id, other);
    this.texts.set(name, texts);
    return texts;
  }

  private checkModel({ id, shape }: Model): void {
    if (shape.task !== 'language-model')
      throw new LabError(
        'bad-plan',
        `${id} classifies images; routing is measured on the answers of language models.`,
        'Choose a language model.',
      );
    const { context } = this.request;
    if (context > shape.maxContext)
      throw new LabError(
        'bad-plan',
        `Windows have ${context} tokens; ${id} was made for ${shape.maxContext}.`,
        `Use a context of at most ${shape.maxContext}.`,
      );
  }

  /** Compresses a model and restores it from the bytes, part by part if it does not fit the memory. The caller disposes of it. */
  private async restore(
    model: Model,
    spec: CodecSpec,
    { signal, onProgress }: RoutingControl,
  ): Promise<RestoredVariant> {
    const { lab } = this;
    const { calibration, context, scope, rest, seed, memory } = this.request;
    const plan = this.planOf(model, spec);
    const inParts = measuresInParts(lab, plan, model);
    if (inParts && this.timed) throw untimed(model);
    if (isWholeModel(spec)) {
      const weights = await openBaseline(lab, plan, model, signal);
      return { weights, bytes: 4 * model.shape.parameters, dispose: async () => release(weights) };
    }
    const options = { calibration, context, seed, memory, signal, onProgress };
    const sink = artefactSink(lab, inParts);
    const { file, size } = await compressModel(lab, model, { spec, scope, rest }, options, sink);
    try {
      const artefact = await Artefact.open(file);
      const weights = inParts
        ? await streamedArtefact(lab.processor, artefact)
        : await restoredWeights(lab.processor, artefact, signal);
      const dispose = async () => {
        release(weights);
        await file.dispose();
      };
      return { weights, file, bytes: size.totalBytes - size.assetBytes, dispose };
    } catch (error) {
      await file.dispose();
      throw error;
    }
  }

  /** Returns the plan that measures a codec on the windows of a request, which says how much memory that needs. */
  private planOf({ id }: Model, spec: CodecSpec): Plan {
    const { data, context, windows, calibration, scope, rest, seed, memory } = this.request;
    return {
      ...{ model: id, codecs: [spec], data, scope, rest, calibration, seed, memory },
      protocol: { kind: 'windows', context, stride: context, windows },
      ...{ images: 0, metrics: 'perplexity', verdict: false },
    };
  }

  private async trace(
    { shape }: Model,
    baseline: OwnedWeights | StreamedWeights,
    ids: Uint32Array,
    windows: number,
    control: { label: string; signal?: AbortSignal; onProgress: (done: number) => void },
  ): Promise<TextTrace> {
    const { gpu, cpu } = this.lab;
    const { context, memory: memoryBytes = this.lab.memoryBytes } = this.request;
    const protocol = { kind: 'windows', context, stride: context, windows } as const;
    const input = { gpu, cpu, shape, baseline, ids, protocol, memoryBytes };
    const evaluator = textEvaluator({ ...input, metrics: 'uncertainty' });
    try {
      const { tokenNll, uncertainty, speed } = await evaluator.measureBaseline(control);
      const { median } = speed.prefillTokensPerSecond;
      return { nll: tokenNll, uncertainty: uncertainty!, prefillTokensPerSecond: median };
    } finally {
      evaluator.dispose();
    }
  }
}

/** A variant's weights, and its file unless it is the model as it is. */
interface RestoredVariant {
  weights: OwnedWeights | StreamedWeights;
  file?: StoredArtefact;
  bytes: number;
  dispose(): Promise<void>;
}

function release(weights: OwnedWeights | StreamedWeights): void {
  if (!isStreamed(weights)) weights.dispose();
}

function untimed({ id }: Model): LabError {
  return new LabError(
    'bad-plan',
    `${id} does not fit the memory as a whole, which timing single tokens for prices needs.`,
    'Leave out the price of an hour, or allow more memory.',
  );
}

/** Whether a codec stands for the model as it is. */
function isWholeModel({ id }: CodecSpec): boolean {
  return id === 'float32';
}

/**
 * Joins what two variants made of the same windows.
 * @param context tokens of a window
 * @throws LabError bad-plan if the small variant is not the smaller one
 */
export function pairVariants(
  small: MeasuredVariant,
  large: MeasuredVariant,
  context: number,
): { fit: WindowTrace[]; heldOut: WindowTrace[] } {
  if (small.bytes >= large.bytes)
    throw new LabError(
      'bad-plan',
      `The small variant (${formatCodec(small.variant.spec)}) has ${grouped(small.bytes)} bytes, and the large one (${formatCodec(large.variant.spec)}) has ${grouped(large.bytes)}, so that routing cannot save any.`,
      'Exchange the two, or choose a codec with fewer bits for the small one.',
    );
  const windows = (of: 'fit' | 'heldOut') => windowTraces(small[of], large[of], context - 1);
  return { fit: windows('fit'), heldOut: windows('heldOut') };
}

function windowTraces(small: TextTrace, large: TextTrace, rows: number): WindowTrace[] {
  const largeLosses = lossesByWindow(large, rows);
  return lossesByWindow(small, rows).map((losses, i) => ({
    small: losses,
    large: largeLosses[i],
    uncertainty: someUncertainty(small.uncertainty, i * rows, rows),
  }));
}

function lossesByWindow({ nll }: TextTrace, rows: number): Float64Array[] {
  return Array.from({ length: nll.length / rows }, (_, i) => nll.subarray(i * rows, (i + 1) * rows));
}

/** Refuses a cascade of a variant with itself. @throws LabError bad-plan */
export function refuseSameVariant(small: Variant, large: Variant): void {
  if (!isSameVariant(small, large)) return;
  throw new LabError(
    'bad-plan',
    `Both variants are ${formatCodec(small.spec)} of ${small.model}.`,
    'Choose another codec for one of them.',
  );
}

/** Whether two variants are the same codec of the same model. */
export function isSameVariant(a: Variant, b: Variant): boolean {
  return a.model === b.model && formatCodec(a.spec) === formatCodec(b.spec);
}

/** Returns what a variant makes of the held-out windows alone. @param context tokens of a window */
export function singleCodec({ variant, bytes, heldOut }: MeasuredVariant, context: number): SingleCodec {
  return { codec: formatCodec(variant.spec), bytes, nll: lossesByWindow(heldOut, context - 1) };
}

function differentTokens(one: string, other: string): LabError {
  return new LabError(
    'bad-plan',
    `${one} and ${other} have different tokenizers: they split the texts into different tokens, so that neither can continue the other’s answer.`,
    'Choose two models with the same tokenizer, or two codecs of one model.',
  );
}

function isEqual(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
