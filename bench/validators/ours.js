export { load, validateSession as validate } from "../../pkg/dist/index.js";
