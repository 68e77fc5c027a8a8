import type { CodecSpec } from '../../contract/meta';
import { codecSpec } from '../../contract/spec';

/** The codec that replaces a tensor to measure its sensitivity: plain 4-bit rounding. */
export const PROBE: CodecSpec = codecSpec('rtn', { bits: 4, group: '32' });
