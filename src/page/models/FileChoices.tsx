import { useId, useState } from 'react';
import { bytes } from '../../base/format';
import { describeError } from '../../base/errors';
import { isHubId } from '../../models/hub/origin';
import type { PickedFile } from '../../models/load/pickedFiles';
import type { QuantisedFile } from '../../models/hub/quantisedFiles';
import { useLab, useModels, useModelsLike, usePage, usePlans } from '../app/usePage';
import { Notices } from '../frame/Notices';
import { canRunPlan } from '../measure/commands';
import { listQuantised, measureDelta, measureHubFiles, measureLocalFiles } from './fileCommands';
import { Picker } from './LocalFiles';

interface Props {
  /** Called when files are being measured. */
  onMeasure: () => void;
}

/** Chooses files in which others stored the plan's model, on the hub or on this device, to measure them beside it. */
export function FileChoices({ onMeasure }: Props) {
  const page = usePage();
  const model = usePlans((s) => s.plan.model);
  // The button depends on the state of the lab and of the downloads.
  useLab((s) => s.activity);
  const downloading = useModels((s) => s.download !== null);
  const ready = canRunPlan(page) && !downloading;
  const measureLocal = (files: PickedFile[]): void => {
    onMeasure();
    void measureLocalFiles(page, files);
  };
  return (
    <>
      {/* The notices of the page are behind the dialog. */}
      <Notices />
      <p>
        Quantised files of <b>{model}</b>: GGUF, GPTQ, AWQ, compressed-tensors, bitsandbytes, MLX or ONNX.
        Each is measured beside the float32 model, with the settings of the plan and the bytes of the file.
      </p>
      {!ready && <p className="soft">The model must be available, and the lab free.</p>}
      <HubFiles ready={ready} onMeasure={onMeasure} />
      <section aria-labelledby="local-files-title">
        <h3 id="local-files-title">From this device</h3>
        <div className="tools">
          <Picker label="Measure a folder…" folder disabled={!ready} onPick={measureLocal} />
          <Picker label="Measure a GGUF file…" disabled={!ready} onPick={measureLocal} />
        </div>
      </section>
      <DeltaFile ready={ready} onMeasure={onMeasure} />
    </>
  );
}

/** Chooses a delta and its base, to measure the model that it restores. */
function DeltaFile({ ready, onMeasure }: Props & { ready: boolean }) {
  const page = usePage();
  const id = useId();
  const model = usePlans((s) => s.plan.model);
  const bases = useModelsLike(model);
  const [base, setBase] = useState('');
  const measure = (files: PickedFile[]): void => {
    onMeasure();
    void measureDelta(page, files, base);
  };
  return (
    <section aria-labelledby="delta-title">
      <h3 id="delta-title">A delta of this model</h3>
      <div className="tools">
        <div className="field">
          <label htmlFor={id}>Base</label>
          <select id={id} value={base} onChange={(event) => setBase(event.target.value)}>
            {['', ...bases].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
        <Picker label="Measure a delta…" disabled={!ready || base === ''} onPick={measure} />
      </div>
      <p className="soft">
        A file of <code>npm run delta -- make</code>, with the model that was fine-tuned as its base.
      </p>
    </section>
  );
}

/** Lists the quantised files of a repository with their sizes, and measures the chosen ones. */
function HubFiles({ ready, onMeasure }: Props & { ready: boolean }) {
  const page = usePage();
  const [files, setFiles] = useState<readonly QuantisedFile[] | null>(null);
  const [problem, setProblem] = useState('');
  const list = async (name: string): Promise<void> => {
    setProblem('');
    setFiles(null);
    try {
      setFiles(await listQuantised(page, name));
    } catch (error) {
      const { message, remedy } = describeError(error);
      setProblem(`${message} ${remedy}`);
    }
  };
  const measure = (chosen: readonly QuantisedFile[]): void => {
    onMeasure();
    void measureHubFiles(page, chosen);
  };
  return (
    <section aria-labelledby="hub-files-title">
      <h3 id="hub-files-title">From the hub</h3>
      <RepositoryForm problem={problem} onList={(name) => void list(name)} />
      {files?.length === 0 && (
        <p className="soft">This repository has no quantised files that can be read.</p>
      )}
      {files && files.length > 0 && <FileList files={files} ready={ready} onMeasure={measure} />}
    </section>
  );
}

function RepositoryForm({ problem, onList }: { problem: string; onList: (name: string) => void }) {
  const id = useId();
  const [name, setName] = useState('');
  return (
    <form
      className="other-model"
      onSubmit={(event) => {
        event.preventDefault();
        onList(name.trim());
      }}
    >
      <div className="field">
        <label htmlFor={id}>
          Repository, <span className="soft">owner/name, or owner/name@revision</span>
        </label>
        <input
          id={id}
          value={name}
          autoComplete="off"
          spellCheck={false}
          placeholder="owner/name"
          onChange={(event) => setName(event.target.value)}
        />
        <p className="problem" role={problem ? 'alert' : undefined}>
          {problem}
        </p>
      </div>
      <button type="submit" className="small" disabled={!isHubId(name.trim())}>
        List files
      </button>
    </form>
  );
}

interface FileListProps {
  files: readonly QuantisedFile[];
  ready: boolean;
  onMeasure: (chosen: readonly QuantisedFile[]) => void;
}

function FileList({ files, ready, onMeasure }: FileListProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (file: string): void =>
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(file)) after.add(file);
      return after;
    });
  return (
    <>
      <ul className="catalogue" aria-label="Quantised files">
        {files.map(({ name, label, bytes: size }) => (
          <li key={name}>
            <label className="model-line">
              <span className="model-name">
                <input type="checkbox" checked={chosen.has(name)} onChange={() => toggle(name)} /> {label}
              </span>
              <span className="model-what">{bytes(size)}</span>
            </label>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="small"
        disabled={!ready || chosen.size === 0}
        onClick={() => onMeasure(files.filter(({ name }) => chosen.has(name)))}
      >
        Download and measure {chosen.size || ''}
      </button>
    </>
  );
}
