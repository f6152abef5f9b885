import type { FileMetadata } from '@file-upload/api-client';
import { UIPlugin, type UIPluginOptions } from '@uppy/core';
import { Icon } from '../icons.tsx';
import type { Body, PageFile, PageMeta, PageUppy } from './uploader.ts';

const SHOWN = 4;

interface ProblemsState extends Record<string, unknown> {
  /** Were sent from this page and then rejected, until the person has read it. */
  rejected: FileMetadata[];
  /** Ids, in Uppy, of files that were chosen while they were in the panel. */
  chosenAgain: Set<string>;
}

/** Says, at the end of the panel, what went wrong with which file: Uppy has that in a tooltip. */
export class Problems extends UIPlugin<UIPluginOptions, PageMeta, Body, ProblemsState> {
  /** Files that were sent from this page, by their ids at the service. */
  readonly #sent = new Set<string>();

  constructor(uppy: PageUppy, options: UIPluginOptions) {
    super(uppy, options);
    this.id = 'Problems';
    this.type = 'progressindicator';
  }

  override install(): void {
    this.setPluginState({ rejected: [], chosenAgain: new Set() });
    this.uppy.on('upload-success', this.#noteSent);
    this.uppy.on('restriction-failed', this.#noteChosenAgain);
    if (this.opts.target) this.mount(this.opts.target, this);
  }

  override uninstall(): void {
    this.uppy.off('upload-success', this.#noteSent);
    this.uppy.off('restriction-failed', this.#noteChosenAgain);
    this.unmount();
  }

  /** Takes note of what has become of files: a rejected one leaves the panel, which says why. */
  follow(files: FileMetadata[]): void {
    const rejected = files.filter(
      ({ file_id, validation_status }) =>
        validation_status === 'INVALID' && this.#sent.has(file_id),
    );
    if (rejected.length === 0 && this.getPluginState().rejected.length === 0) return;
    this.setPluginState({ rejected });
    const ids = new Set(rejected.map(({ file_id }) => file_id));
    const inPanel = this.uppy.getFiles().filter(({ response }) => {
      return ids.has(response?.body?.file_id ?? '');
    });
    this.uppy.removeFiles(inPanel.map(({ id }) => id));
  }

  override render() {
    const { rejected, chosenAgain } = this.getPluginState();
    const files = this.uppy.getFiles();
    return (
      <>
        <ChosenAgain files={files.filter(({ id }) => chosenAgain.has(id))} />
        <Failures files={files.filter(({ error }) => error)} />
        <Rejections files={rejected} onDismiss={this.#dismiss} />
      </>
    );
  }

  readonly #noteSent = (_file: PageFile | undefined, { body }: { body?: Body | undefined }) => {
    if (body) this.#sent.add(body.file_id);
  };

  /** The panel restricts nothing else. */
  readonly #noteChosenAgain = (file: { id: string } | undefined) => {
    const { chosenAgain } = this.getPluginState();
    if (file) this.setPluginState({ chosenAgain: new Set(chosenAgain).add(file.id) });
  };

  readonly #dismiss = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    // The button goes, and the focus must not be lost with it.
    currentTarget.closest('.uppy-Dashboard-inner')?.querySelector('button')?.focus();
    for (const { file_id } of this.getPluginState().rejected) this.#sent.delete(file_id);
    this.setPluginState({ rejected: [] });
  };
}

function ChosenAgain({ files }: { files: PageFile[] }) {
  if (files.length === 0) return null;
  return <p class="upload-notice">{chosenAgainWords(files)}</p>;
}

/** What to tell of files that were chosen while they were in the panel. */
export function chosenAgainWords(files: ({ name?: string } | undefined)[]): string {
  return files.length === 1
    ? `${files[0]?.name} is already here, and was not added again.`
    : `${files.length} files are already here, and were not added again.`;
}

function Failures({ files }: { files: PageFile[] }) {
  if (files.length === 0) return null;
  return (
    <ul class="upload-failures" aria-label="Failed uploads">
      {files.slice(0, SHOWN).map(({ id, name, error }) => (
        <li key={id}>
          <strong title={name}>{name}</strong> {error}
        </li>
      ))}
      <More count={files.length - SHOWN} />
    </ul>
  );
}

interface RejectionsProps {
  files: FileMetadata[];
  onDismiss: (event: { currentTarget: HTMLElement }) => void;
}

function Rejections({ files, onDismiss }: RejectionsProps) {
  if (files.length === 0) return null;
  return (
    <div class="upload-rejections">
      <ul class="upload-failures" aria-label="Rejected files">
        {files.slice(0, SHOWN).map(({ file_id, file_name, validation_error }) => (
          <li key={file_id}>
            <strong title={file_name}>{file_name}</strong> was rejected. {validation_error?.message}
          </li>
        ))}
        <More count={files.length - SHOWN} />
      </ul>
      <button
        type="button"
        class="icon-button"
        aria-label="Dismiss rejected files"
        title="Dismiss"
        onClick={onDismiss}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function More({ count }: { count: number }) {
  return count > 0 ? <li>And {count} more.</li> : null;
}
