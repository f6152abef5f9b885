import type { FileMetadata } from '@file-upload/api-client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { reasonOf } from './files-api.ts';

interface DeleteDialogProps {
  file: FileMetadata;
  /** Rejects where the file could not be deleted. */
  onDelete: () => Promise<void>;
  onClose: () => void;
}

/** Asks before it deletes; stays and says why where that fails. */
export function DeleteDialog({ file, onDelete, onClose }: DeleteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isDeleting, setDeleting] = useState(false);
  const [problem, setProblem] = useState<string>();
  useEffect(() => dialog.current?.showModal(), []);

  async function remove(): Promise<void> {
    setDeleting(true);
    setProblem(undefined);
    try {
      await onDelete();
      dialog.current?.close();
    } catch (error) {
      setProblem(reasonOf(error));
      setDeleting(false);
    }
  }

  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="delete-title" onClose={onClose}>
      <h2 id="delete-title">Delete this file?</h2>
      <p>
        <strong>{file.file_name}</strong> will be gone for good, and links to it will stop working.
      </p>
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button
          type="button"
          class="button button-danger"
          disabled={isDeleting}
          onClick={() => void remove()}
        >
          {isDeleting ? 'Deleting…' : 'Delete'}
        </button>
      </div>
    </dialog>
  );
}
