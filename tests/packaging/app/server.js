// A program on a server that uses the package: `node server.js BASE_URL TOKEN`.
import { tryPackage } from "./try_package.js";

const [, , baseUrl, token] = process.argv;
console.log(JSON.stringify(await tryPackage({ baseUrl, token })));
