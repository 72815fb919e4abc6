// The same in CommonJS.
const [, , baseUrl, token] = process.argv;
import("./try_package.js")
  .then(({ tryPackage }) => tryPackage({ baseUrl, token }))
  .then((tried) => console.log(JSON.stringify(tried)));
