import type { FileMetadata } from '@file-upload/api-client';
import { useState } from 'preact/hooks';
import { formatBytes, formatTime } from '../format.ts';
import { Icon } from '../icons.tsx';
import { CopyLink } from './copy-link.tsx';
import { FileIcon } from './file-icon.tsx';
import { hasPreview, typeOf } from './file-kind.ts';
import { FileStatus } from './file-status.tsx';

export interface FileItemProps {
  file: FileMetadata;
  onDelete: () => void;
  announce: (message: string) => void;
}

export function FileItem({ file, onDelete, announce }: FileItemProps) {
  const { file_id, file_name: name, file_size, upload_time, validation_status } = file;
  const hasBytes =
    validation_status !== 'PENDING' && file.validation_error?.code !== 'OBJECT_MISSING';
  return (
    <li class="file" data-file={file_id} tabIndex={-1}>
      <Preview file={file} />
      <div class="file-about">
        <p class="file-name" title={name}>
          {name}
        </p>
        <p class="file-facts">
          {formatBytes(file_size)} · <time dateTime={upload_time}>{formatTime(upload_time)}</time>
        </p>
      </div>
      <FileStatus file={file} />
      <div class="file-actions">
        {hasBytes && <CopyLink file={file} announce={announce} />}
        {hasBytes && (
          <a
            class="icon-button"
            href={`${contentPath(file_id)}?download=1`}
            aria-label={`Download ${name}`}
            title="Download"
          >
            <Icon name="download" />
          </a>
        )}
        <button
          type="button"
          class="icon-button danger"
          aria-label={`Delete ${name}`}
          title="Delete"
          onClick={onDelete}
        >
          <Icon name="trash" />
        </button>
      </div>
    </li>
  );
}

/** Under the page's own address, which its policy lets it load, whatever the service calls itself. */
function contentPath(fileId: string): string {
  return `files/${fileId}/content`;
}

function Preview({ file }: { file: FileMetadata }) {
  const [isBroken, setBroken] = useState(false);
  return (
    <div class="file-preview">
      {hasPreview(file) && !isBroken ? (
        <img
          src={contentPath(file.file_id)}
          alt=""
          width="48"
          height="48"
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
        />
      ) : (
        <FileIcon contentType={typeOf(file)} />
      )}
    </div>
  );
}
