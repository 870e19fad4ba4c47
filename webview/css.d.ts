/** A style sheet as text: esbuild's loader. */
declare module '*.css' {
  const text: string;
  export default text;
}
