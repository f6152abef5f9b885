/**
 * Where Pulumi starts the policy pack. Its runner compiles whatever TypeScript it loads itself with
 * a version of its own, `typescript: false` or not; what is imported, Node.js loads as it is.
 */
module.exports = () => {
  if (!process.features.typescript) {
    throw new Error(
      `The policy pack needs Node.js 24, and this is ${process.version}: run Pulumi through npx, or install what .nvmrc says.`,
    );
  }
  return import('./pack.ts');
};
