import { PickleMachine, unknownOpcode, type PickleHost } from './machine';
import { OPCODES, STOP } from './opcodes';
import type { PickleValue } from './values';

/** The result of reading a pickle. */
export interface Unpickled {
  value: PickleValue;
  /** The size of the pickle in bytes; other pickles can follow it. */
  byteLength: number;
}

/**
 * Reads the pickle at the beginning of `bytes`. It executes nothing; `OPCODES` lists what a pickle may hold.
 * @throws LabError bad-file with the byte offset, and what the host throws
 */
export function unpickle(bytes: Uint8Array, host: PickleHost): Unpickled {
  const machine = new PickleMachine(bytes, host);
  for (let code = machine.uint8(); code !== STOP; code = machine.uint8()) {
    const opcode = OPCODES.get(code);
    if (!opcode) throw unknownOpcode(code, machine.at - 1);
    opcode(machine);
  }
  return { value: machine.result(), byteLength: machine.at };
}
