// Style sheets, which scripts/build-widget.mjs embeds as text.

declare module "*.css" {
  const text: string;
  export default text;
}
