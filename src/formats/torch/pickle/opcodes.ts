import { badTorch, unsupportedTorch } from '../errors';
import type { PickleMachine } from './machine';
import { PickleDict, PickleList, PickleTuple, type PickleValue } from './values';

type Opcode = (machine: PickleMachine) => void;

/** The supported pickle protocols. Protocols 0 and 1 have other opcodes, and PyTorch has never used them by default. */
const PROTOCOLS = { first: 2, last: 5 };

const tuple = (count: number) => (m: PickleMachine) => m.push(new PickleTuple(m.popMany(count)));

/**
 * The opcodes with which Python's protocols 2 to 5 write None, booleans, numbers, strings, tuples, lists, dicts, references to
 * globals and storages, and calls (https://github.com/python/cpython/blob/main/Lib/pickletools.py). All others are refused,
 * including those that make instances of classes.
 */
export const OPCODES: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  [0x80, checkProtocol],
  // FRAME is a hint for readers that read in chunks.
  [0x95, (m) => void m.length64()],

  [0x4e, (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x4b, (m) => m.push(m.uint8())],
  [0x4d, (m) => m.push(m.uint16())],
  [0x4a, (m) => m.push(m.int32())],
  [0x8a, (m) => m.push(m.integer(m.uint8()))],
  [0x47, (m) => m.push(m.float64())],
  [0x8c, (m) => m.push(m.text(m.uint8()))],
  [0x58, (m) => m.push(m.text(m.uint32()))],
  [0x8d, (m) => m.push(m.text(m.length64()))],

  [0x28, (m) => m.mark()],
  [0x29, (m) => m.push(PickleTuple.EMPTY)],
  [0x85, tuple(1)],
  [0x86, tuple(2)],
  [0x87, tuple(3)],
  [0x74, (m) => m.push(new PickleTuple(m.popMark()))],
  [0x5d, (m) => m.push(new PickleList())],
  [0x61, (m) => append(m, m.popMany(1))],
  [0x65, (m) => append(m, m.popMark())],
  [0x7d, (m) => m.push(new PickleDict())],
  [0x73, (m) => setItems(m, m.popMany(2))],
  [0x75, (m) => setItems(m, m.popMark())],

  [0x71, (m) => m.remember(m.uint8())],
  [0x72, (m) => m.remember(m.uint32())],
  [0x94, (m) => m.remember()],
  [0x68, (m) => m.recall(m.uint8())],
  [0x6a, (m) => m.recall(m.uint32())],

  [0x63, (m) => m.push(m.host.global(m.line(), m.line()))],
  [0x93, stackGlobal],
  [0x51, (m) => m.push(m.host.persistent(m.pop()))],
  [0x52, reduce],
  [0x62, build],
]);

export const STOP = 0x2e;

function checkProtocol(machine: PickleMachine): void {
  const protocol = machine.uint8();
  if (protocol >= PROTOCOLS.first && protocol <= PROTOCOLS.last) return;
  throw unsupportedTorch(
    `uses pickle protocol ${protocol}, but only ${PROTOCOLS.first} to ${PROTOCOLS.last} can be read`,
  );
}

function append(machine: PickleMachine, values: readonly PickleValue[]): void {
  const list = machine.topAs(PickleList, 'a list');
  for (const value of values) list.push(value);
}

/** Adds items, which are alternating keys and values, to the dict on top of the stack. */
function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const dict = machine.topAs(PickleDict, 'a dict');
  if (items.length % 2 !== 0)
    throw badTorch(`its pickle has a dict key without a value, before byte ${machine.at}`);
  for (let i = 0; i < items.length; i += 2) dict.set(machine.key(items[i]), items[i + 1]);
}

function stackGlobal(machine: PickleMachine): void {
  const [module, name] = machine.popMany(2).map((value) => machine.string(value));
  machine.push(machine.host.global(module, name));
}

function reduce(machine: PickleMachine): void {
  const [callable, args] = machine.popMany(2);
  machine.push(machine.host.call(callable, machine.as(args, PickleTuple, 'arguments')));
}

/** Discards the attributes of a state dict (`_metadata`, the versions of its modules); no other value may have attributes. */
function build(machine: PickleMachine): void {
  machine.pop();
  machine.topAs(PickleDict, 'a dict');
}
