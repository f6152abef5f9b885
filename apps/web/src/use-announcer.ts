import { useCallback, useRef, useState } from 'preact/hooks';
import { tellTogether, type Announcement } from './files/announcements.ts';

/** Milliseconds that messages are collected for, as each would cut off the one before. */
const COLLECTED_MS = 600;

/** Has something read out; `isUrgent` where it says what went wrong. */
export type Announce = (text: string, isUrgent?: boolean) => void;

/** What is to be read out now, and how to have something read out. */
export function useAnnouncer(): [string, Announce] {
  const [message, setMessage] = useState('');
  const collected = useRef<Announcement[]>([]);
  const announce = useCallback<Announce>((text, isUrgent = false) => {
    collected.current.push({ text, isUrgent });
    if (collected.current.length > 1) return;
    setTimeout(() => setMessage(tellTogether(collected.current.splice(0))), COLLECTED_MS);
  }, []);
  return [message, announce];
}
