import { PickleMachine, unknownOpcode, type PickleHost } from './machine';
import { OPCODES, STOP } from './opcodes';
import type { PickleValue } from './values';

/**
 * The value a pickle describes. Nothing in it is executed: see OPCODES for what it may hold.
 * @throws LabError bad-file naming the byte, and what the host throws
 */
export function unpickle(bytes: Uint8Array, host: PickleHost): PickleValue {
  const machine = new PickleMachine(bytes, host);
  for (let code = machine.uint8(); code !== STOP; code = machine.uint8()) {
    const opcode = OPCODES.get(code);
    if (!opcode) throw unknownOpcode(code, machine.at - 1);
    opcode(machine);
  }
  return machine.result();
}
