import { runCommand } from '../../../shared/command';
import { parsePublished, ROUTE_PUBLISHED_HELP, type PublishedRequest } from './options';
import { publishedRouterText } from './report';

/** Runs `npm run route -- published`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: ROUTE_PUBLISHED_HELP, parse: parsePublished, execute: print }, args);
}

function print(request: PublishedRequest): Promise<number> {
  process.stdout.write(publishedRouterText(request));
  return Promise.resolve(0);
}
