import { UIPlugin, type UIPluginOptions } from '@uppy/core';
import { useEffect, useState } from 'preact/hooks';
import { formatBytes, formatDuration } from '../format.ts';
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
  const { isUploadInProgress, isAllPaused, startedFiles, completeFiles } =
    uppy.getObjectOfFilesPerState();
  const [, refresh] = useState(0);
  useEffect(() => {
    if (!isUploadInProgress) return;
    // The rate falls while nothing happens.
    const timer = setInterval(() => refresh((count) => count + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isUploadInProgress]);
  if (!isUploadInProgress) return null;

  const total = sum(startedFiles.map(({ size }) => size));
  const sent = sum(startedFiles.map(({ progress }) => progress.bytesUploaded || 0));
  const { rate } = throughput;
  const facts = [
    startedFiles.length > 1 && `${completeFiles.length} of ${startedFiles.length} files`,
    `${formatBytes(sent)} of ${formatBytes(total)}`,
    ...(rate && !isAllPaused
      ? [`${formatBytes(rate)}/s`, `${formatDuration((total - sent) / rate)} left`]
      : []),
  ];
  return <div class="progress-line">{facts.filter(Boolean).join(' · ')}</div>;
}

function sum(numbers: (number | null)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}
