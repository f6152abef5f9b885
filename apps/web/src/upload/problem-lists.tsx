import type { FileMetadata } from '@file-upload/api-client';
import { Icon } from '../icons.tsx';
import type { PageFile } from './uploader.ts';

const SHOWN = 4;

interface ListProps<File> {
  files: File[];
  onDismiss: () => void;
}

/** Files that were chosen while they were in the panel. */
export function ChosenAgain({ files, onDismiss }: ListProps<PageFile>) {
  if (files.length === 0) return null;
  return (
    <div class="upload-problems upload-notice">
      <p>{chosenAgainWords(files)}</p>
      <Dismiss what="notice" onDismiss={onDismiss} />
    </div>
  );
}

/** What to tell of such files. */
export function chosenAgainWords(files: { name: string }[]): string {
  return files.length === 1
    ? `${files[0]?.name} is already here, and was not added again.`
    : `${files.length} files are already here, and were not added again.`;
}

/** Files that could not be sent, and why. */
export function Failures({ files }: { files: PageFile[] }) {
  if (files.length === 0) return null;
  return (
    <ul class="upload-problems" aria-label="Failed uploads">
      {files.slice(0, SHOWN).map(({ id, name, error }) => (
        <li key={id}>
          <strong title={name}>{name}</strong> {error}
        </li>
      ))}
      <More count={files.length - SHOWN} />
    </ul>
  );
}

/** Files that were sent and then rejected, and why. */
export function Rejections({ files, onDismiss }: ListProps<FileMetadata>) {
  if (files.length === 0) return null;
  return (
    <div class="upload-problems upload-rejections">
      <ul aria-label="Rejected files">
        {files.slice(0, SHOWN).map(({ file_id, file_name, validation_error }) => (
          <li key={file_id}>
            <strong title={file_name}>{file_name}</strong> was rejected. {validation_error?.message}
          </li>
        ))}
        <More count={files.length - SHOWN} />
      </ul>
      <Dismiss what="rejected files" onDismiss={onDismiss} />
    </div>
  );
}

function More({ count }: { count: number }) {
  return count > 0 ? <li>And {count} more.</li> : null;
}

function Dismiss({ what, onDismiss }: { what: string; onDismiss: () => void }) {
  const dismiss = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    // The button goes, and the focus must not be lost with it.
    currentTarget.closest('.uppy-Dashboard-inner')?.querySelector('button')?.focus();
    onDismiss();
  };
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Dismiss ${what}`}
      title="Dismiss"
      onClick={dismiss}
    >
      <Icon name="close" />
    </button>
  );
}
