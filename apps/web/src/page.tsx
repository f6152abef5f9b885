import { useEffect, useRef } from 'preact/hooks';
import { changesToTell } from './files/announcements.ts';
import { FileList } from './files/file-list.tsx';
import type { FilesModel } from './files/files-model.ts';
import { useAnnouncer, type Announce } from './use-announcer.ts';

interface PageProps {
  model: FilesModel;
  /** Puts the panel that takes files into an element; returns what takes it out again. */
  mountUploads: (target: HTMLElement, announce: Announce) => () => void;
}

export function Page({ model, mountUploads }: PageProps) {
  const [message, announce] = useAnnouncer();
  const uploads = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (uploads.current) return mountUploads(uploads.current, announce);
  }, [mountUploads, announce]);
  useEffect(() => {
    let { files } = model.state;
    const unsubscribe = model.subscribe(() => {
      const changes = changesToTell(files, model.state.files);
      ({ files } = model.state);
      for (const { text, isUrgent } of changes) announce(text, isUrgent);
    });
    const stop = model.start();
    return () => {
      unsubscribe();
      stop();
    };
  }, [model, announce]);

  return (
    <>
      <header class="header">
        <h1>Upload files</h1>
        <a href="docs">API reference</a>
        <p>Large ones too: interrupted uploads resume.</p>
      </header>
      <main>
        <div ref={uploads} class="uploads" />
        <FileList model={model} announce={announce} />
      </main>
      <p class="visually-hidden" aria-live="polite">
        {message}
      </p>
    </>
  );
}
