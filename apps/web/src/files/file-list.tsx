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

  // What had the focus is gone: it goes where that was, rather than to the top of the page.
  const [lost, setLost] = useState<{ next: FileMetadata | undefined }>();
  useEffect(() => {
    if (asked || !lost) return;
    const next = section.current?.querySelector<HTMLElement>(`[data-file="${lost.next?.file_id}"]`);
    (next ?? heading.current)?.focus();
  }, [asked, lost]);

  async function remove({ file_id, file_name }: FileMetadata): Promise<void> {
    const index = files.findIndex((file) => file.file_id === file_id);
    await model.remove(file_id);
    announce(`${file_name} deleted.`);
    setLost({ next: files[index + 1] ?? files[index - 1] });
  }

  async function loadMore(): Promise<void> {
    await model.loadMore();
    const { files: all, nextCursor: cursor } = model.state;
    announce(`${all.length} files.`);
    if (cursor === null) setLost({ next: all[files.length] });
  }

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
          onClick={() => void loadMore()}
        >
          {isLoadingMore ? 'Loading…' : 'Load more'}
        </button>
      )}
      {asked && (
        <DeleteDialog
          file={asked}
          onDelete={() => remove(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}
