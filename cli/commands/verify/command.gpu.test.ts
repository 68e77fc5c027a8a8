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

  test('updates the records of a sweep, and reports those that cannot be checked', async () => {
    expect(await verify(['--records', at('a'), ...SOFTWARE])).toBe(0);
    expect(outcomes('a')).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(written.stdout).toMatch(
      /\| stories260K \| `rtn\(bits=4,group=16\)` \| yes, @huggingface\/hub \| yes, Bitcurve on [^|]+\| [\d.e−]+ \|/,
    );
    expect(written.stdout).toMatch(/^2 of 2 agree: PASS$/m);

    const [baseline, codec] = recordsIn('a');
    writeFileSync(file('a'), JSON.stringify([baseline, { ...codec, artefactSha256: 'f'.repeat(64) }]));
    expect(await verify(['--records', at('a'), '--codec', 'rtn(bits=4,group=16)', ...SOFTWARE])).toBe(1);
    expect(written.stdout).toMatch(
      /^stories260K, rtn\(bits=4,group=16\): The artefact made again differs from the measured one/m,
    );
    expect(written.stdout).toMatch(/^0 of 1 agree: FAIL$/m);
    // A record that could not be checked is unchanged.
    expect(recordsIn('a')[1].verification).toEqual(codec.verification);
  });

  test('checks an artefact and updates the records that measured it', async () => {
    expect(await compress([...CODEC, '--out', at('b.safetensors'), ...SOFTWARE])).toBe(0);
    expect(await verify([at('b.safetensors'), '--records', at('b'), ...SOFTWARE])).toBe(0);
    expect(outcomes('b')).toEqual([
      [undefined, undefined],
      [true, true],
    ]);
    expect(await compress([...CODEC, '--scope', 'all', '--out', at('c.safetensors'), ...SOFTWARE])).toBe(0);
    expect(await verify([at('c.safetensors'), '--records', at('b'), ...SOFTWARE])).toBe(1);
    expect(written.stderr).toMatch(/No record in .* has the checksum of .*c\.safetensors/);
  });

  test.each<[string, string[], number, RegExp]>([
    ['nothing named', [], 2, /Neither an artefact nor --records is given/],
    ['a file and a codec', ['x.safetensors', '--codec', 'nf4'], 2, /select records/],
    ['another data set', ['x.safetensors', '--data', 'mine'], 2, /no data set "mine"/],
    ['a folder without records', ['--records', tmpdir()], 1, /has no records\.json/],
    ['no such file', [join(root, 'none'), ...SOFTWARE], 1, /cannot be read \(ENOENT\)/],
    ['a file that is not an artefact', ['package.json', ...SOFTWARE], 1, /safetensors/i],
  ])('%s: an error message', async (_, args, code, sentence) => {
    expect(await verify(args)).toBe(code);
    expect(written.stderr).toMatch(sentence);
    expect(written.stderr).not.toMatch(/\n {4}at /);
  });
});
