import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from '../../../../src/platform/node/paths';
import { peersText, type PeerResults } from './report';

const docs = (path: string) => readFileSync(join(projectFolder(), 'docs', path), 'utf8');

test('the tables in the documents are those of the stored results', () => {
  const results = JSON.parse(docs('measurements/peers-lavapipe.json')) as PeerResults;
  expect(docs('kernels.md')).toContain(
    `<!-- generated: npm run bench -- peers -->\n\n${peersText(results)}\n`,
  );
});
