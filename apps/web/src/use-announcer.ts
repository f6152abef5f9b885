import { useCallback, useRef, useState } from 'preact/hooks';
import { tellTogether } from './files/announcements.ts';

/** Milliseconds that messages are collected for, as each would cut off the one before. */
const COLLECTED_MS = 600;

/** What is to be read out now, and how to have something read out. */
export function useAnnouncer(): [string, (message: string) => void] {
  const [message, setMessage] = useState('');
  const collected = useRef<string[]>([]);
  const announce = useCallback((text: string) => {
    collected.current.push(text);
    if (collected.current.length > 1) return;
    setTimeout(() => setMessage(tellTogether(collected.current.splice(0))), COLLECTED_MS);
  }, []);
  return [message, announce];
}
