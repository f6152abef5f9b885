export * from './env.ts';
export * from './error-codes.ts';
export * from './file-name.ts';
export * from './files.ts';
export * from './limits.ts';
export * from './metadata.ts';
export * from './problem.ts';
export * from './reference.ts';
