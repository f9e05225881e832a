/** A file as text: `import text from './file.sh?raw'`, in the bundle and in tests. */
declare module '*?raw' {
  const text: string;
  // eslint-disable-next-line no-restricted-syntax -- this is how bundlers give it
  export default text;
}
