import type { CodecMeta, OptionValue } from '../../codecs/contract/meta';
import { codecMetas } from '../../codecs/contract/registry';
import { newCodec } from '../plan/draft';
import type { CodecDraft } from '../plan/draft';
import { CodecMenu } from './CodecMenu';
import { codesTensors } from './codecGroups';
import { OptionField } from './OptionField';

interface Props {
  codec: CodecDraft;
  onChange: (codec: CodecDraft) => void;
}

/** Edits the options of a codec, as its metadata describes them. A wrapper contains the form of its inner codec. */
export function CodecForm({ codec, onChange }: Props) {
  const meta = codecMetas.get(codec.id)!;
  const set = (key: string, value: OptionValue): void =>
    onChange({ ...codec, options: { ...codec.options, [key]: value } });
  return (
    <div className="codec-form">
      <p className="soft">
        {meta.notes} <SourceLink meta={meta} />
      </p>
      {meta.options.length > 0 && (
        <div className="option-grid">
          {meta.options.map((option) => (
            <OptionField
              key={option.key}
              option={option}
              value={codec.options[option.key] ?? option.default}
              onChange={(value) => set(option.key, value)}
            />
          ))}
        </div>
      )}
      {codec.inner && <InnerCodec codec={codec.inner} onChange={(inner) => onChange({ ...codec, inner })} />}
    </div>
  );
}

function InnerCodec({ codec, onChange }: Props) {
  return (
    <div className="inner-codec">
      <label>
        Inner codec{' '}
        <select value={codec.id} onChange={(event) => onChange(newCodec(event.target.value, codec.key))}>
          <CodecMenu filter={codesTensors} />
        </select>
      </label>
      <CodecForm codec={codec} onChange={onChange} />
    </div>
  );
}

/** Shows the paper or specification, as a link if the metadata gives an address. */
function SourceLink({ meta }: { meta: CodecMeta }) {
  const url = /https:\/\/\S+?(?=[\s,;)]|$)/.exec(meta.source)?.[0];
  if (!url) return <span>{meta.source}</span>;
  return (
    <a href={url} target="_blank" rel="noreferrer" title={meta.source}>
      Source
    </a>
  );
}
