import type { FileMetadata } from '@file-upload/api-client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { DeleteDialog } from './delete-dialog.tsx';
import { FileItem } from './file-item.tsx';
import type { FilesModel } from './files-model.ts';
import { useFiles } from './use-files.ts';

interface FileListProps {
  model: FilesModel;
  announce: (message: string) => void;
}

/** The files that are there, newest first. */
export function FileList({ model, announce }: FileListProps) {
  const { phase, files, nextCursor, isLoadingMore, problem } = useFiles(model);
  const [asked, setAsked] = useState<FileMetadata>();
  const section = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  /** Puts the focus where the deleted file was, rather than at the top of the page. */
  async function remove({ file_id, file_name }: FileMetadata): Promise<void> {
    const index = files.findIndex((file) => file.file_id === file_id);
    const neighbour = files[index + 1] ?? files[index - 1];
    await model.remove(file_id);
    announce(`${file_name} deleted.`);
    focusNext.current = neighbour?.file_id ?? null;
  }
  const focusNext = useRef<string | null>();
  function closeDialog(): void {
    setAsked(undefined);
  }
  useEffect(() => {
    if (asked || focusNext.current === undefined) return;
    const next =
      focusNext.current && section.current?.querySelector(`[data-file="${focusNext.current}"]`);
    focusNext.current = undefined;
    ((next || heading.current) as HTMLElement | null)?.focus();
  }, [asked]);

  return (
    <section
      ref={section}
      class="files"
      aria-labelledby="files-title"
      aria-busy={phase === 'loading'}
    >
      <h2 id="files-title" ref={heading} tabIndex={-1}>
        Files
      </h2>
      {phase === 'loading' && <p class="quiet">Loading…</p>}
      {phase === 'ready' && files.length === 0 && (
        <div class="empty">
          <p>No files yet</p>
          <p class="quiet">What you upload appears here.</p>
        </div>
      )}
      {files.length > 0 && (
        <ul role="list" aria-label="Files" class="file-list">
          {files.map((file) => (
            <FileItem
              key={file.file_id}
              file={file}
              announce={announce}
              onDelete={() => setAsked(file)}
            />
          ))}
        </ul>
      )}
      {problem && (
        <div role="alert" class="problem">
          <p>{problem}</p>
        </div>
      )}
      {phase === 'failed' && (
        <button type="button" class="button" onClick={() => void model.load()}>
          Try again
        </button>
      )}
      {phase === 'ready' && nextCursor !== null && (
        <button
          type="button"
          class="button load-more"
          aria-disabled={isLoadingMore}
          onClick={() => void model.loadMore()}
        >
          {isLoadingMore ? 'Loading…' : 'Load more'}
        </button>
      )}
      {asked && <DeleteDialog file={asked} onDelete={() => remove(asked)} onClose={closeDialog} />}
    </section>
  );
}
