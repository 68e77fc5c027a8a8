import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { pageNames } from '../plan/names';
import { createModelsStore, plainName, availabilityOf, type ModelsState, type PageModel } from './models';

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
const copy = (revision: string, bytes: number) => ({
  ...{ id: 'o/n', revision, bytes, total: 900, complete: bytes === 900 },
});

function state(change: Partial<ModelsState>, ...models: PageModel[]): ModelsState {
  const known = new Map(models.map((each) => [each.id, each]));
  return { ...createModelsStore().getState(), known, stored: [], ...change };
}

describe('the availability of a model', () => {
  it('embedded models and chosen files are available', () => {
    expect(availabilityOf(state({ stored: null }), 'stories260K')).toEqual({ state: 'available' });
    expect(
      availabilityOf(state({ stored: null }, model('local:m', { from: 'local' })), 'local:m').state,
    ).toBe('available');
  });

  it('models of the hub are unknown until the stored ones have been listed', () => {
    expect(availabilityOf(state({ stored: null }, model('o/n')), 'o/n').state).toBe('unknown');
    expect(availabilityOf(state({}, model('o/n')), 'o/other').state).toBe('unknown');
  });

  it('a complete copy is enough, of the named commit if there is one', () => {
    const both = { stored: [copy(A, 900), copy(B, 100)] };
    expect(availabilityOf(state(both, model('o/n')), 'o/n').state).toBe('available');
    expect(availabilityOf(state(both, model(`o/n@${A}`)), `o/n@${A}`).state).toBe('available');
    expect(availabilityOf(state(both, model(`o/n@${B}`)), `o/n@${B}`)).toEqual({
      ...{ state: 'missing', storedBytes: 100, totalBytes: 900 },
    });
  });

  it('a partial copy of another commit than the present one is ignored', () => {
    const hub = { id: 'o/n', revision: B, files: [] };
    const begun = { stored: [copy(A, 300)] };
    expect(availabilityOf(state(begun, model('o/n')), 'o/n')).toMatchObject({
      storedBytes: 300,
      totalBytes: 900,
    });
    expect(availabilityOf(state(begun, model('o/n', { hub })), 'o/n')).toMatchObject({
      storedBytes: 0,
      totalBytes: 1000,
    });
  });

  it('a present download takes precedence', () => {
    const download = { model: 'o/n', progress: null, stopping: false };
    expect(availabilityOf(state({ download }, model('o/n')), 'o/n')).toEqual({
      state: 'downloading',
      download,
    });
    expect(availabilityOf(state({ download }, model('o/m')), 'o/m').state).toBe('missing');
  });
});

describe('names of models on the page', () => {
  const models = createModelsStore();
  models.setState({ known: new Map([['o/n', model('o/n', { data: 'wikitext-2', maxContext: 64 })]]) });
  const names = pageNames(models);

  it('resolves embedded models and models that were looked up', () => {
    expect(names.model('stories260K')).toMatchObject({ task: 'language-model' });
    expect(names.model('o/n')).toMatchObject({ data: 'wikitext-2', maxContext: 64 });
  });

  it.each([
    ['local:m', /files of this device, which the page forgets/],
    ['o/m', /has not been looked up yet/],
    ['nonsense', /There is no model "nonsense"/],
  ])('explains why %s is unknown', (name, sentence) => {
    const ask = () => names.model(name);
    expect(ask).toThrow(LabError);
    expect(ask).toThrow(sentence);
  });

  it('plain names have no commit', () => {
    expect([plainName(`o/n@${A}`), plainName('o/n'), plainName('local:m')]).toEqual([
      'o/n',
      'o/n',
      'local:m',
    ]);
  });
});
