import type { FileMetadata } from '@file-upload/api-client';
import { UIPlugin, type UIPluginOptions } from '@uppy/core';
import type { Announce } from '../use-announcer.ts';
import { ChosenAgain, chosenAgainWords, Failures, Rejections } from './problem-lists.tsx';
import type { Body, PageFile, PageMeta, PageUppy } from './uploader.ts';

interface ProblemsOptions extends UIPluginOptions {
  announce: Announce;
}

interface ProblemsState extends Record<string, unknown> {
  /** Were sent from this page and then rejected, until the person has read it. */
  rejected: FileMetadata[];
  /** Ids, in Uppy, of files that were chosen while they were in the panel, and had not failed. */
  chosenAgain: Set<string>;
}

/** Says, at the end of the panel, what went wrong with which file: Uppy has that in a tooltip. */
export class Problems extends UIPlugin<ProblemsOptions, PageMeta, Body, ProblemsState> {
  /** Files that were sent from this page, by their ids at the service. */
  readonly #sent = new Set<string>();

  constructor(uppy: PageUppy, options: ProblemsOptions) {
    super(uppy, options);
    this.id = 'Problems';
    this.type = 'progressindicator';
  }

  override install(): void {
    this.setPluginState({ rejected: [], chosenAgain: new Set() });
    this.uppy.on('upload-success', this.#noteSent);
    this.uppy.on('restriction-failed', this.#noteChosenAgain);
    this.uppy.on('file-added', this.#forgetChosenAgain);
    if (this.opts.target) this.mount(this.opts.target, this);
  }

  override uninstall(): void {
    this.uppy.off('upload-success', this.#noteSent);
    this.uppy.off('restriction-failed', this.#noteChosenAgain);
    this.uppy.off('file-added', this.#forgetChosenAgain);
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
    if (inPanel.length > 0) this.uppy.removeFiles(inPanel.map(({ id }) => id));
  }

  override render() {
    const { rejected, chosenAgain } = this.getPluginState();
    const files = this.uppy.getFiles();
    return (
      <>
        <ChosenAgain
          files={files.filter(({ id }) => chosenAgain.has(id))}
          onDismiss={() => this.setPluginState({ chosenAgain: new Set() })}
        />
        <Failures files={files.filter(({ error }) => error)} />
        <Rejections files={rejected} onDismiss={this.#dismissRejected} />
      </>
    );
  }

  readonly #noteSent = (_file: PageFile | undefined, { body }: { body?: Body | undefined }) => {
    if (body) this.#sent.add(body.file_id);
  };

  /** The panel restricts nothing else. One that had failed is sent again instead. */
  readonly #noteChosenAgain = (file: { id: string } | undefined) => {
    if (!file) return;
    const inPanel = this.uppy.getFile(file.id);
    if (inPanel.error) {
      // What goes wrong then is told as an event.
      this.uppy.retryUpload(file.id).catch(() => undefined);
      return;
    }
    this.opts.announce(chosenAgainWords([inPanel]));
    const { chosenAgain } = this.getPluginState();
    this.setPluginState({ chosenAgain: new Set(chosenAgain).add(file.id) });
  };

  /** Chosen once more, after it had left the panel, it is added: Uppy gives it the same id. */
  readonly #forgetChosenAgain = ({ id }: PageFile) => {
    const chosenAgain = new Set(this.getPluginState().chosenAgain);
    if (chosenAgain.delete(id)) this.setPluginState({ chosenAgain });
  };

  readonly #dismissRejected = () => {
    for (const { file_id } of this.getPluginState().rejected) this.#sent.delete(file_id);
    this.setPluginState({ rejected: [] });
  };
}
