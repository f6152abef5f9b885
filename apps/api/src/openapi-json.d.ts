/** The contract, which is JSON of no concern to TypeScript. */
declare module '@file-upload/api-client/openapi.json' {
  const contract: object;
  export default contract;
}
