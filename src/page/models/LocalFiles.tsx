import { useRef, useState, type InputHTMLAttributes } from 'react';
import type { PickedFile } from '../../models/load/pickedFiles';
import { useActivity, usePage } from '../app/usePage';
import { addFiles } from './commands';

/** Models from this device: dropped, or chosen as a folder or as files. */
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
        // The page itself takes what is dropped, here and anywhere (app/drops.ts).
        onDrop={() => setOver(false)}
      >
        <p>
          Drop a folder as the hub lays it out, its files (config.json, weights, tokenizer.json), or a .gguf
          file.
        </p>
        <div className="tools">
          <Picker label="Choose a folder…" folder disabled={reading} onPick={take} />
          <Picker label="Choose files…" disabled={reading} onPick={take} />
          {reading && <span role="status">Reading…</span>}
        </div>
        <p className="soft">
          They are read where they lie and not copied; the page forgets them when it is left.
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

/** React's types do not know the attribute all browsers have for folders. */
const FOLDER = { webkitdirectory: '' } as InputHTMLAttributes<HTMLInputElement>;

function Picker({ label, folder = false, disabled, onPick }: PickerProps) {
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
