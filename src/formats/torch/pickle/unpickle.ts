import { PickleMachine, unknownOpcode, type PickleHost } from './machine';
import { OPCODES, STOP } from './opcodes';
import type { PickleValue } from './values';

export interface Unpickled {
  value: PickleValue;
  /** Bytes of the pickle: others can follow it. */
  byteLength: number;
}

/**
 * The value that the pickle at the beginning of `bytes` describes. Nothing in it is executed: see OPCODES for what it may hold.
 * @throws LabError bad-file naming the byte, and what the host throws
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
