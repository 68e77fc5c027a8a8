import { useRef, useState, type InputHTMLAttributes } from 'react';
import type { PickedFile } from '../../models/load/pickedFiles';
import { useActivity, usePage } from '../app/usePage';
import { addFiles } from './commands';

/** Opens models from this device, as dropped or chosen folders or files. */
export function LocalFiles() {
  const page = usePage();
  const [over, setOver] = useState(false);
  const reading = useActivity('inspect') !== null;
  const take = (files: PickedFile[]): void => void addFiles(page, files);
  return (
    <section aria-labelledby="local-title">
      <h3 id="local-title">From this device</h3>
      <div
        className={over ? 'drop-zone over' : 'drop-zone'}
        onDragOver={() => setOver(true)}
        onDragLeave={() => setOver(false)}
        // The page opens files dropped anywhere (app/drops.ts).
        onDrop={() => setOver(false)}
      >
        <p>
          Drop a folder in the hub’s layout, its files (config.json, weights, tokenizer.json), or a .gguf
          file.
        </p>
        <div className="tools">
          <Picker label="Choose a folder…" folder disabled={reading} onPick={take} />
          <Picker label="Choose files…" disabled={reading} onPick={take} />
          {reading && <span role="status">Reading…</span>}
        </div>
        <p className="soft">
          Files are read in place and not copied. After you leave the page, choose them again.
        </p>
      </div>
    </section>
  );
}

interface PickerProps {
  label: string;
  folder?: boolean;
  disabled: boolean;
  onPick: (files: PickedFile[]) => void;
}

/** The attribute with which all browsers choose folders; React's types lack it. */
const FOLDER = { webkitdirectory: '' } as InputHTMLAttributes<HTMLInputElement>;

/** A button that opens the browser's dialog for files or a folder. */
export function Picker({ label, folder = false, disabled, onPick }: PickerProps) {
  const input = useRef<HTMLInputElement>(null);
  const pick = (files: FileList | null): void => {
    const picked = [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
    if (input.current) input.current.value = '';
    if (picked.length > 0) onPick(picked);
  };
  return (
    <>
      <button type="button" className="small" disabled={disabled} onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...(folder ? FOLDER : {})}
        onChange={(event) => pick(event.target.files)}
      />
    </>
  );
}
