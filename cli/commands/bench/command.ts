import { main as blocks } from './blocks/command';
import { main as check } from './check/command';
import { main as compute } from './compute/command';
import { main as gemm } from './gemm/command';
import { main as gptq } from './gptq/command';
import { main as kernels } from './kernels/command';
import { main as large } from './large/command';
import { main as peers } from './peers/command';
import { main as thermodynamic } from './thermodynamic/command';

const SUBCOMMANDS = new Map([
  ['--check', check],
  ['blocks', blocks],
  ['compute', compute],
  ['gptq', gptq],
  ['gemm', gemm],
  ['large', large],
  ['peers', peers],
  ['thermodynamic', thermodynamic],
]);

/** Runs `npm run bench`: the sub-command that the first argument names, otherwise the kernels. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  const subcommand = SUBCOMMANDS.get(args[0]);
  return subcommand ? subcommand(args.slice(1)) : kernels(args);
}
