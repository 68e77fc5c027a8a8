import { main as measure } from './measure/command';
import { main as published } from './published/command';

/** Runs `npm run route`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return args[0] === 'published' ? published(args.slice(1)) : measure(args);
}
