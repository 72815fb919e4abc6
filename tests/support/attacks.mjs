// Texts that have run as code, or broken a layout, in chats of others: 200 and more.

const payload = "window.__xss=1";

const templates = [
  (code) => `<script>${code}</script>`,
  (code) => `<img src=x onerror="${code}">`,
  (code) => `<img src=x onerror=${code}//`,
  (code) => `<svg onload="${code}">`,
  (code) => `<svg><script>${code}</script></svg>`,
  (code) => `<iframe src="javascript:${code}"></iframe>`,
  (code) => `<iframe srcdoc="<script>parent.${code}</script>"></iframe>`,
  (code) => `<a href="javascript:${code}">click</a>`,
  (code) => `[click](javascript:${code})`,
  (code) => `javascript:${code}`,
  (code) => `JaVaScRiPt:${code}`,
  (code) => `java\tscript:${code}`,
  (code) => `data:text/html,<script>${code}</script>`,
  (code) => `vbscript:${code}`,
  (code) => `https://a.example/"onmouseover="${code}`,
  (code) => `https://a.example/'onfocus='${code}'autofocus='`,
  (code) => `https://a.example/><script>${code}</script>`,
  (code) => `https://javascript:${code}@evil.example/`,
  (code) => `http://a.example/#<img/src/onerror=${code}>`,
  (code) => `"><script>${code}</script>`,
  (code) => `'><script>${code}</script>`,
  (code) => `</textarea><script>${code}</script>`,
  (code) => `</title><script>${code}</script>`,
  (code) => `</style><script>${code}</script>`,
  (code) => `--><script>${code}</script>`,
  (code) => `]]><script>${code}</script>`,
  (code) => `<body onload=${code}>`,
  (code) => `<details open ontoggle=${code}>`,
  (code) => `<input autofocus onfocus=${code}>`,
  (code) => `<video><source onerror=${code}>`,
  (code) => `<math><mtext><style><img src onerror=${code}></style></mtext></math>`,
  (code) => `<template><script>${code}</script></template>`,
  (code) => `<object data="javascript:${code}">`,
  (code) => `<embed src="javascript:${code}">`,
  (code) => `<form action="javascript:${code}"><button>`,
  (code) => `<base href="javascript:${code}//">`,
  (code) => `<link rel=stylesheet href="data:text/css,*{display:none}" onload=${code}>`,
  (code) => `<style>@import 'javascript:${code}';</style>`,
  (code) => `<meta http-equiv=refresh content="0;url=javascript:${code}">`,
  (code) => `{{constructor.constructor('${code}')()}}`,
];
/** Spellings of the same code. */
const spellings = [
  payload,
  "alert(1)",
  "eval('window.__xss=1')",
  "&#119;indow.__xss&#61;1",
  "\\u0077indow.__xss=1",
];

const others = [
  "\u202Egnp.exe",
  "\u2066https://bank.example\u2069.evil.example",
  "a\u0000<script>window.__xss=1</script>",
  "\u{1f600}".repeat(500),
  "W".repeat(4_000),
  "\n".repeat(200) + "far",
  "a\u0300".repeat(1_000),
  "__proto__",
  "constructor",
  `\${window.__xss=1}`,
  "$&$`$'$1",
  "%3Cscript%3Ewindow.__xss=1%3C/script%3E",
];

export const attacks = [
  ...templates.flatMap((template) => spellings.map((code) => template(code))),
  ...others,
];
