import { UIPlugin, type UIPluginOptions } from '@uppy/core';
import { useEffect, useState } from 'preact/hooks';
import { progressWords } from './progress-words.ts';
import type { Throughput } from './throughput.ts';
import type { Body, PageMeta, PageUppy } from './uploader.ts';

const REFRESH_MS = 500;

interface ProgressOptions extends UIPluginOptions {
  throughput: Throughput;
}

/** Tells, under the bar of the panel, how far its files are, how fast, and how long it will take. */
export class Progress extends UIPlugin<ProgressOptions, PageMeta, Body> {
  constructor(uppy: PageUppy, options: ProgressOptions) {
    super(uppy, options);
    this.id = 'Progress';
    this.type = 'progressindicator';
  }

  override install(): void {
    if (this.opts.target) this.mount(this.opts.target, this);
  }

  override render() {
    return <ProgressLine uppy={this.uppy} throughput={this.opts.throughput} />;
  }
}

function ProgressLine({ uppy, throughput }: { uppy: PageUppy; throughput: Throughput }) {
  const { inProgressFiles, isAllPaused, startedFiles, completeFiles } =
    uppy.getObjectOfFilesPerState();
  // A restored upload waits until all of its files are at hand.
  const isSending =
    !uppy.getState().recoveredState &&
    // What failed for want of a connection is tried again with it.
    inProgressFiles.some(({ error }) => !error || !navigator.onLine);
  const [, refresh] = useState(0);
  useEffect(() => {
    if (!isSending) return;
    // The rate falls while nothing happens.
    const timer = setInterval(() => refresh((count) => count + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isSending]);
  if (!isSending) return null;

  const words = progressWords({
    files: startedFiles.length,
    filesSent: completeFiles.length,
    bytes: sum(startedFiles.map(({ size }) => size)),
    bytesSent: sum(startedFiles.map(({ progress }) => progress.bytesUploaded || 0)),
    rate: isAllPaused ? undefined : throughput.rate,
    isOnline: navigator.onLine || isAllPaused,
    isStalled: throughput.isStalled,
  });
  return <div class="progress-line">{words}</div>;
}

function sum(numbers: (number | null)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}
