// Type of the compressed module, which esbuild embeds as base64.

declare const compressed: string;
export default compressed;
