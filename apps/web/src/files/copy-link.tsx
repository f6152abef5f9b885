import type { FileMetadata } from '@file-upload/api-client';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../icons.tsx';

const CONFIRMED_MS = 2000;

interface CopyLinkProps {
  file: FileMetadata;
  announce: (message: string) => void;
}

export function CopyLink({ file: { file_name: name, file_url: url }, announce }: CopyLinkProps) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copyUrl(): Promise<void> {
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
      announce(`Link to ${name} copied.`);
    } catch {
      // Forbidden, or a page that did not come over HTTPS, which has no clipboard.
      window.prompt('Copy the link:', url);
    }
  }

  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Copy link to ${name}`}
      title={isCopied ? 'Copied' : 'Copy link'}
      onClick={() => void copyUrl()}
    >
      <Icon name={isCopied ? 'check' : 'link'} />
    </button>
  );
}
