import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { pageNames } from '../plan/names';
import { createModelsStore, plainName, presenceOf, type ModelsState, type PageModel } from './models';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const model = (id: string, rest: Partial<PageModel> = {}): PageModel => ({
  ...{
    id,
    task: 'language-model',
    from: 'hub',
    architecture: 'gpt2',
    parameters: 10,
    bytes: 1000,
    resident: 0,
  },
  ...rest,
});
const kept = (revision: string, bytes: number) => ({
  ...{ id: 'o/n', revision, bytes, total: 900, complete: bytes === 900 },
});

function state(change: Partial<ModelsState>, ...models: PageModel[]): ModelsState {
  const known = new Map(models.map((each) => [each.id, each]));
  return { ...createModelsStore().getState(), known, kept: [], ...change };
}

describe('whether a model is here', () => {
  it('models that ship and chosen files are', () => {
    expect(presenceOf(state({ kept: null }), 'stories260K')).toEqual({ state: 'here' });
    expect(presenceOf(state({ kept: null }, model('local:m', { from: 'local' })), 'local:m').state).toBe(
      'here',
    );
  });

  it('nothing is said of the hub’s before it was looked at what is kept', () => {
    expect(presenceOf(state({ kept: null }, model('o/n')), 'o/n').state).toBe('unknown');
    expect(presenceOf(state({}, model('o/n')), 'o/other').state).toBe('unknown');
  });

  it('a whole copy will do, of the named commit where one is named', () => {
    const both = { kept: [kept(A, 900), kept(B, 100)] };
    expect(presenceOf(state(both, model('o/n')), 'o/n').state).toBe('here');
    expect(presenceOf(state(both, model(`o/n@${A}`)), `o/n@${A}`).state).toBe('here');
    expect(presenceOf(state(both, model(`o/n@${B}`)), `o/n@${B}`)).toEqual({
      ...{ state: 'absent', kept: 100, bytes: 900 },
    });
  });

  it('a part of another commit than the hub’s present one does not count', () => {
    const hub = { id: 'o/n', revision: B, files: [] };
    const begun = { kept: [kept(A, 300)] };
    expect(presenceOf(state(begun, model('o/n')), 'o/n')).toMatchObject({ kept: 300, bytes: 900 });
    expect(presenceOf(state(begun, model('o/n', { hub })), 'o/n')).toMatchObject({ kept: 0, bytes: 1000 });
  });

  it('a download under way comes first', () => {
    const download = { model: 'o/n', progress: null, stopping: false };
    expect(presenceOf(state({ download }, model('o/n')), 'o/n')).toEqual({ state: 'arriving', download });
    expect(presenceOf(state({ download }, model('o/m')), 'o/m').state).toBe('absent');
  });
});

describe('what names mean on the page', () => {
  const models = createModelsStore();
  models.setState({ known: new Map([['o/n', model('o/n', { data: 'wikitext-2', maxContext: 64 })]]) });
  const names = pageNames(models);

  it('what ships, and what was looked up', () => {
    expect(names.model('stories260K')).toMatchObject({ task: 'language-model' });
    expect(names.model('o/n')).toMatchObject({ data: 'wikitext-2', maxContext: 64 });
  });

  it.each([
    ['local:m', /files of this device, which the page forgets/],
    ['o/m', /has not been looked up yet/],
    ['nonsense', /There is no model "nonsense"/],
  ])('%s is a sentence', (name, sentence) => {
    const ask = () => names.model(name);
    expect(ask).toThrow(LabError);
    expect(ask).toThrow(sentence);
  });

  it('records name a model without its commit', () => {
    expect([plainName(`o/n@${A}`), plainName('o/n'), plainName('local:m')]).toEqual([
      'o/n',
      'o/n',
      'local:m',
    ]);
  });
});
