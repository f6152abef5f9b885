/** The WebAssembly that a CRC is computed with: see crc64nvme.ts. */
export interface Spread {
  memory: Uint8Array;
  /**
   * `memory[to + i] = memory[from + i] ^ memory[from + i - distance] ^ ...` of all distances, for
   * each i below `length`. `to` may be `from`: what comes later then takes what came out before. `from`
   * is no less than the furthest distance, and all of it is within the memory.
   */
  spread: (from: number, to: number, length: number) => void;
}

/** Bytes of a vector, and of an iteration. */
const VECTOR = 16;
const STEP = 2 * VECTOR;

/** @see https://webassembly.github.io/spec/core/binary/instructions.html */
const I32 = 0x7f;
const BLOCK = [0x02, 0x40];
const LOOP = [0x03, 0x40];
const END = 0x0b;
/** Leaves the block, or begins the loop again, that is so many ends further out. */
const branch = (ends: number) => [0x0c, ends];
const branchIf = (ends: number) => [0x0d, ends];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const i32 = (value: number) => [0x41, ...signed(value)];
const IS_ZERO = 0x45;
const IS_BELOW = 0x49;
const ADD = 0x6a;
const VECTORS = {
  load: (offset: number) => [0xfd, 0x00, 0, ...unsigned(offset)],
  store: (offset: number) => [0xfd, 0x0b, 0, ...unsigned(offset)],
  xor: [0xfd, 0x51],
};
const BYTES = {
  load: (offset: number) => [0x2d, 0, ...unsigned(offset)],
  store: (offset: number) => [0x3a, 0, ...unsigned(offset)],
  xor: [0x73],
};

/**
 * Assembles the code for these distances.
 *
 * @param distances in bytes, the largest first. None is less than 16, so that what is loaded was stored before
 * @param pages of 64 KiB that the memory has
 * @throws WebAssembly.CompileError without SIMD, and where a page's content security policy forbids it
 */
export function assembleSpread(distances: readonly number[], pages: number): Spread {
  const [furthest = 0] = distances;
  const [FROM, TO, LENGTH] = [0, 1, 2];
  const move = (local: number, by: number) => [...get(local), ...i32(by), ADD, ...set(local)];
  // FROM points at what is furthest, since an offset cannot be negative.
  const spreadOne = ({ load, store, xor }: typeof VECTORS, offset: number) => [
    ...get(TO),
    ...[...get(FROM), ...load(offset + furthest)],
    ...distances.flatMap((distance) => [
      ...[...get(FROM), ...load(offset + furthest - distance)],
      ...xor,
    ]),
    ...store(offset),
  ];
  /** Repeats `once`, which does `bytes` of them, until `isDone`. */
  const repeat = (isDone: number[], once: number[], bytes: number) => [
    ...[...BLOCK, ...LOOP, ...get(LENGTH), ...isDone, ...branchIf(1), ...once],
    ...[...move(FROM, bytes), ...move(TO, bytes), ...move(LENGTH, -bytes)],
    ...[...branch(0), END, END],
  ];
  const code = [
    ...list([]), // no more locals than the parameters
    ...move(FROM, -furthest),
    ...repeat(
      [...i32(STEP), IS_BELOW],
      [...spreadOne(VECTORS, 0), ...spreadOne(VECTORS, VECTOR)],
      STEP,
    ),
    ...repeat([IS_ZERO], spreadOne(BYTES, 0), 1),
    END,
  ];
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...[0, ...ascii('asm'), 1, 0, 0, 0],
      ...section(1, list([[0x60, ...list([[I32], [I32], [I32]]), ...list([])]])), // types
      ...section(3, list([[0]])), // functions
      ...section(5, list([[0, ...unsigned(pages)]])), // memories
      ...section(
        7,
        list([
          [...sized(ascii('memory')), 2, 0],
          [...sized(ascii('spread')), 0, 0],
        ]),
      ),
      ...section(10, list([sized(code)])),
    ]),
  );
  const { memory, spread } = new WebAssembly.Instance(module).exports as {
    memory: WebAssembly.Memory;
    spread: Spread['spread'];
  };
  return { memory: new Uint8Array(memory.buffer), spread };
}

function section(id: number, content: number[]): number[] {
  return [id, ...sized(content)];
}

function list(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(content: number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

/** LEB128. @see https://webassembly.github.io/spec/core/binary/values.html#integers */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return -0x40 <= value && value < 0x40
    ? [value & 0x7f]
    : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
