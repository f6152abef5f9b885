export { adoptObject, findFile, type Stores } from './adopt-object.ts';
export * from './definition.ts';
export { derivedId } from './derived-id.ts';
export * from './examine-file.ts';
export * from './object-created.ts';
export * from './settle-file.ts';
export * from './state-diagram.ts';
export * from './tasks.ts';
export { typeProblem, type TypeRules } from './type-rules.ts';
