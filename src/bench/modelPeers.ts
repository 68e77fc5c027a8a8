import type { Model } from '../models/model';
import { decodeCase, int4DecodeCase } from './cases/decode';
import { forwardCase } from './cases/forward';
import { int4ForwardCase } from './cases/int4Model';
import { perplexityShareCase } from './cases/ownMatmuls';
import type { BenchContext } from './context';
import { runCase } from './runner';
import type { BenchCase, BenchUnit, RunnerOptions } from './types';

/**
 * What is compared of a whole model: its forward pass and one decoding step with a cache, in float32 and int4, with the same graph in
 * the peer, and its perplexity with our matrix products of the same model alone.
 */
export const MODEL_PEER_KINDS = [
  'forward float32',
  'forward int4',
  'decode float32',
  'decode int4',
  'perplexity',
] as const;
export type ModelPeerKind = (typeof MODEL_PEER_KINDS)[number];

type Opener = (context: BenchContext, model: Model, signal?: AbortSignal) => Promise<BenchCase> | BenchCase;

const CASES: Readonly<Record<ModelPeerKind, Opener>> = {
  'forward float32': forwardCase,
  'forward int4': int4ForwardCase,
  'decode float32': decodeCase,
  'decode int4': int4DecodeCase,
  perplexity: perplexityShareCase,
};

/** Returns what is compared of a model; an image classifier neither decodes nor has a perplexity. */
export function modelPeerKinds({ shape }: Pick<Model, 'shape'>): ModelPeerKind[] {
  return MODEL_PEER_KINDS.filter((kind) => !shape.image || kind.startsWith('forward'));
}

/** The ratio that each of them should reach. */
export const MODEL_PEER_TARGETS: Readonly<Record<ModelPeerKind, number>> = {
  'forward float32': 2,
  'forward int4': 2,
  'decode float32': 2,
  'decode int4': 2,
  perplexity: 0.8,
};

/** A whole model of ours beside another implementation. */
export interface ModelPeerRow {
  kind: ModelPeerKind;
  model: string;
  /** The sizes, such as "256 tokens". */
  shape: string;
  unit: BenchUnit;
  /** Median rates; null for a side that did not verify or cannot run here. */
  ourRate: number | null;
  to: string;
  otherRate: number | null;
  /** Seconds of the other side ÷ ours, sampled alternately, with a 95 % interval; null unless both verified. */
  ratio: { median: number; ci95: [number, number] } | null;
  /** Whether our side agrees with float64. */
  verified: boolean;
  /** Why a side is missing. */
  note: string;
}

/** Verifies both sides of a model, then times those that verified alternately. @throws LabError device-lost; Cancelled */
export async function runModelPeer(
  context: BenchContext,
  kind: ModelPeerKind,
  model: Model,
  { runner, signal }: { runner: RunnerOptions; signal?: AbortSignal },
): Promise<ModelPeerRow> {
  const { ours, peer, peerNote, shape, unit, ratio } = await runCase(
    await CASES[kind](context, model, signal),
    runner,
    signal,
  );
  return {
    ...{ kind, model: model.id, shape, unit },
    ourRate: ours.measurement?.median ?? null,
    to: peer?.name ?? 'none',
    otherRate: peer?.measurement?.median ?? null,
    ...{ ratio, verified: ours.verdict.ok },
    note: peer && !peer.verdict.ok ? peer.verdict.note : peerNote,
  };
}
