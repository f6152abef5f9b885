/** Keeps a number and its unit on one line. */
const NBSP = '\u00a0';
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A number of bytes for people, as Uppy writes it: `1.5 MB` has 1.5 times 1024 times 1024 bytes. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.round(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)}${NBSP}${UNITS[unit]}`;
}

/** A number of seconds for people, in at most two units. */
export function formatDuration(seconds: number): string {
  const total = Math.max(Math.ceil(seconds), 1);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60)];
  if (hours > 0) return [hours, 'h', minutes, 'min'].join(NBSP);
  if (minutes > 0) return [minutes, 'min', total % 60, 's'].join(NBSP);
  return `${total}${NBSP}s`;
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A time in RFC 3339, as the reader's own region writes it. */
export function formatTime(time: string): string {
  return TIME.format(new Date(time));
}
