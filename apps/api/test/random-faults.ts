import { createHash } from 'node:crypto';

/** Whether something goes wrong before a step has done anything, or after it did all it should. */
export type When = 'before' | 'after';

/** A timeout is rarer than the others: it takes its time. */
const KINDS = {
  before: ['throttle', 'throttle', 'throttle', '500', '500', '500', 'reset', 'reset', 'timeout'],
  after: ['500', '500', '500', 'reset', 'reset', 'reset', 'torn answer', 'torn answer', 'timeout'],
} as const;
export type FaultKind = (typeof KINDS)[When][number];

/** What goes wrong with one step. Both halves are equally likely. */
export interface RandomFault {
  when: When;
  kind: FaultKind;
  /** The kind of step. */
  place: string;
}

/** The share of steps that fail. */
const SHARE = 0.1;

/** Decides what goes wrong, and keeps count of it. */
export interface RandomFaults {
  /**
   * What goes wrong with a step, if anything.
   *
   * @param place the kind of step
   * @param asked what exactly is asked; the same thing a second time may fare otherwise
   */
  next(place: string, asked: string): RandomFault | undefined;
  /** Whether the process dies here. It does so once before and once after every kind of step. */
  dies(when: When, place: string): boolean;
  /** Steps by place. */
  readonly steps: ReadonlyMap<string, number>;
  /** In the order in which they were made. */
  readonly faults: readonly RandomFault[];
  /** Where the process died, in order. */
  readonly deaths: readonly Death[];
}

export interface Death {
  when: When;
  /** The kind of step. */
  place: string;
}

/**
 * Faults by a hash of the seed, of what is asked and of how often it was asked before: they do not
 * depend on what is asked meanwhile. The process dies at a time that the seed draws for each place,
 * counted in passages; what else is under way then is up to the machine.
 *
 * @param passages within how many passages of a place the process dies there
 */
export function createRandomFaults(
  seed: number,
  passages: (place: string) => number,
): RandomFaults {
  const asks = new Map<string, number>();
  const steps = new Map<string, number>();
  const faults: RandomFault[] = [];
  const passed = new Map<string, number>();
  const deaths: Death[] = [];
  /** Numbers from 0 to 1. */
  const draw = (...what: (string | number)[]): [number, number, number] => {
    const text = JSON.stringify([seed, ...what]);
    const digest = createHash('sha256').update(text).digest();
    const number = (offset: number) => digest.readUInt32BE(offset) / 2 ** 32;
    return [number(0), number(4), number(8)];
  };

  return {
    steps,
    faults,
    deaths,

    next(place, asked) {
      count(steps, place);
      const [chance, half, which] = draw('fault', asked, count(asks, asked));
      if (chance >= SHARE) return undefined;
      const when = half < 0.5 ? 'before' : 'after';
      const kind = KINDS[when][Math.floor(which * KINDS[when].length)]!;
      const fault = { when, kind, place } as const;
      faults.push(fault);
      return fault;
    },

    dies(when, place) {
      const point = `${when} ${place}`;
      const [chance] = draw('death', point);
      if (count(passed, point) !== Math.floor(chance * passages(place))) return false;
      deaths.push({ when, place });
      return true;
    },
  };
}

/** Adds one, and returns how many there were before. */
export function count(counts: Map<string, number>, name: string): number {
  const before = counts.get(name) ?? 0;
  counts.set(name, before + 1);
  return before;
}

export function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, one) => total + one, 0);
}
