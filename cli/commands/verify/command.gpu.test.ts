import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import { terminal } from '../../../src/testing/terminal';
import { main as compress } from '../compress/command';
import { main as sweep } from '../sweep/command';
import { main as verify } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-verify-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const SOFTWARE = ['--adapter', 'software'];
const QUICK = ['--windows', '2', '--context', '32', '--verdict', 'off', ...SOFTWARE];
const CODEC = ['--model', 'stories260K', '--codec', 'rtn(bits=4,group=16)'];
const noBrowser = {
  openPage: () => expect.unreachable(),
  findChromium: () => expect.unreachable(),
};

const written = terminal();

const file = (folder: string) => join(at(folder), 'records.json');
const recordsIn = (folder: string) => JSON.parse(readFileSync(file(folder), 'utf8')) as LabRecord[];
const outcomes = (folder: string) =>
  recordsIn(folder).map(({ verification: { loadedElsewhere, inferenceAgrees } }) => [
    loadedElsewhere?.agrees,
    inferenceAgrees?.agrees,
  ]);

describe('npm run verify', () => {
  beforeAll(async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await sweep([...CODEC, ...QUICK, '--out', at('a')], noBrowser)).toBe(0);
    cpSync(at('a'), at('b'), { recursive: true });
  });

  test('marks the records of a sweep, and says where it could not', async () => {
    expect(await verify(['--records', at('a'), ...SOFTWARE])).toBe(0);
    expect(outcomes('a')).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(written.stdout).toMatch(
      /\| stories260K \| `rtn\(bits=4,group=16\)` \| yes, @huggingface\/hub \| yes, onnxruntime-node [^|]+\| [\d.e−]+ \|/,
    );
    expect(written.stdout).toMatch(/^2 of 2 agree: PASS$/m);

    const [baseline, codec] = recordsIn('a');
    writeFileSync(file('a'), JSON.stringify([baseline, { ...codec, artefactSha256: 'f'.repeat(64) }]));
    expect(await verify(['--records', at('a'), '--codec', 'rtn(bits=4,group=16)', ...SOFTWARE])).toBe(1);
    expect(written.stdout).toMatch(
      /^stories260K, rtn\(bits=4,group=16\): Made again, the artefact is another file/m,
    );
    expect(written.stdout).toMatch(/^0 of 1 agree: FAIL$/m);
    // What was not checked keeps what it had.
    expect(recordsIn('a')[1].verification).toEqual(codec.verification);
  });

  test('takes an artefact, and marks the records that measured it', async () => {
    expect(await compress([...CODEC, '--out', at('b.safetensors'), ...SOFTWARE])).toBe(0);
    expect(await verify([at('b.safetensors'), '--records', at('b'), ...SOFTWARE])).toBe(0);
    expect(outcomes('b')).toEqual([
      [undefined, undefined],
      [true, true],
    ]);
    expect(await compress([...CODEC, '--scope', 'all', '--out', at('c.safetensors'), ...SOFTWARE])).toBe(0);
    expect(await verify([at('c.safetensors'), '--records', at('b'), ...SOFTWARE])).toBe(1);
    expect(written.stderr).toMatch(/No record in .* is of .*c\.safetensors: none has its checksum/);
  });

  test.each<[string, string[], number, RegExp]>([
    ['nothing named', [], 2, /Nothing to verify is named/],
    ['a file and a codec', ['x.safetensors', '--codec', 'nf4'], 2, /choose among records/],
    ['another data set', ['x.safetensors', '--data', 'mine'], 2, /no data set "mine"/],
    ['a folder without records', ['--records', tmpdir()], 1, /has no records\.json/],
    ['no such file', [join(root, 'none'), ...SOFTWARE], 1, /cannot be read \(ENOENT\)/],
    ['a file that is no artefact', ['package.json', ...SOFTWARE], 1, /safetensors/i],
  ])('%s: a sentence', async (_, args, code, sentence) => {
    expect(await verify(args)).toBe(code);
    expect(written.stderr).toMatch(sentence);
    expect(written.stderr).not.toMatch(/\n {4}at /);
  });
});
