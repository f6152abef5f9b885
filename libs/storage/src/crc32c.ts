// By name, so that a bundle which loads this late has what it needs, and not all of hash-wasm.
export { createCRC32 } from 'hash-wasm';
