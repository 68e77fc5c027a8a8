import type { AdapterInfo, DeviceFeatures } from '../src/gpu/device';
import type { ErrorCode } from '../src/base/errors';
import type { LabEvent } from '../src/lab/events';
import type { TextRequest } from '../src/lab/generateText';
import type { Plan } from '../src/lab/plan';

/** The lab as the main thread sees it. One request at a time runs; `stop` is answered at once. */
export type LabRequest =
  | { type: 'open' }
  | { type: 'run'; id: number; plan: Plan }
  | { type: 'generate'; id: number; request: GenerateRequest }
  | { type: 'benchmark'; id: number }
  | { type: 'stop'; id: number }
  /** How long this plan will take here; answered from what is known, without running it. */
  | { type: 'estimate'; id: number; plan: Plan }
  /** A hidden tab is throttled: records measured meanwhile carry the flag `tab-hidden`. */
  | { type: 'visibility'; hidden: boolean };

export type GenerateRequest = TextRequest;

export interface DeviceLine {
  info: AdapterInfo;
  features: DeviceFeatures;
  maxBindingBytes: number;
}

export interface BenchmarkRow {
  name: string;
  ours: { median: number; ci95: [number, number] } | null;
  peer: { name: string; median: number; ci95: [number, number] } | null;
  unit: string;
  verified: boolean;
  note: string;
}

export type LabResponse =
  | { type: 'opened'; device: DeviceLine }
  | { type: 'event'; id: number; event: LabEvent }
  | { type: 'token'; id: number; text: string }
  | { type: 'generated'; id: number; text: string; tokensPerSecond: number }
  | { type: 'benchmarked'; id: number; rows: BenchmarkRow[] }
  | { type: 'stopped'; id: number }
  | { type: 'estimated'; id: number; estimateMs: number }
  | { type: 'error'; id: number | null; code: ErrorCode; message: string; remedy: string };
